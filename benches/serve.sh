# Shared by the scripts here: starts `pail serve` with the apps of the events, and selects processors. It reads
# $release, the folder of the programs, and $scratch, a folder for files. shellcheck shell=bash disable=SC2154,SC2034

server=

# Starts `pail serve` with these arguments, and lets everybody create objects in the bucket notes. Sets server, address
# and AWS_ENDPOINT_URL_DYNAMODB.
start() {
  : >"$scratch/ready"
  "$release/pail" serve --port 0 --dynamodb-port 0 "$@" >"$scratch/ready" 2>"$scratch/log" &
  server=$!
  for _ in {1..100}; do
    grep -q '^App: ' "$scratch/ready" && break
    sleep 0.1
  done
  address=$(sed -n 's|^Pail is ready: http://\([^/]*\)/.*|\1|p' "$scratch/ready")
  AWS_ENDPOINT_URL_DYNAMODB=$(sed -n 's|^DynamoDB API: \(http://[^ ]*\).*|\1|p' "$scratch/ready")
  export AWS_ENDPOINT_URL_DYNAMODB PAIL=$release/pail
  events/set-up --endpoint-url "$AWS_ENDPOINT_URL_DYNAMODB" >/dev/null
  "$release/pail" acl grant --endpoint-url "$AWS_ENDPOINT_URL_DYNAMODB" --app demo --bucket notes \
    CREATE_OBJECTS_IN_BUCKET UserID:ANONYMOUS_USER >/dev/null
}

stop() { [[ -z $server ]] || { kill "$server" && wait "$server" || true; } 2>/dev/null; server=; }

# Runs this shell, and the processes that it starts from now on, on the last of its processors, or on all of them again.
use_one_processor() { processors=$(taskset -cp $$ | sed 's/.*: //'); taskset -cp "${processors##*[,-]}" $$ >/dev/null; }
use_all_processors() { taskset -cp "$processors" $$ >/dev/null; }
