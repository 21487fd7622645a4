"""The template as a stack: expanded by SAM's translator, and created, updated and deleted in moto's CloudFormation.

moto is not CloudFormation. It knows no alarms and no HTTP APIs, which are only recorded here (records.py), ignores some properties of
tables (those are checked in the template), keeps a role's policies in an update, and does not follow a condition that changes in one.

Run it by `.ci/stack`."""

import copy
import io
import json
import os
import pathlib
import unittest
import zipfile

# Nothing here reaches AWS.
REGION = "eu-west-1"
os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION=REGION)

import boto3
import moto
import records
from moto.cloudformation import cloudformation_backends
from moto.core import DEFAULT_ACCOUNT_ID as ACCOUNT
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

REGISTERED = records.register()
TEMPLATE = yaml_parse((pathlib.Path(__file__).parents[2] / "template.yaml").read_text())
INVOCATIONS = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{{}}/invocations"

# What each gateway adds, by name and type.
GATEWAYS = {
    "http-api": {
        "HttpApi": "AWS::ApiGatewayV2::Api",
        "HttpApiApiGatewayDefaultStage": "AWS::ApiGatewayV2::Stage",
        "HttpApiPermission": "AWS::Lambda::Permission",
    },
    "rest-api": {
        "RestApi": "AWS::ApiGateway::RestApi",
        "RestApiDeployment1": "AWS::ApiGateway::Deployment",
        "RestApiPermission": "AWS::Lambda::Permission",
        "RestApiStage": "AWS::ApiGateway::Stage",
    },
    "function-url": {
        "FunctionUrl": "AWS::Lambda::Url",
        "FunctionUrlInvokePermission": "AWS::Lambda::Permission",
        "FunctionUrlPermission": "AWS::Lambda::Permission",
    },
}
OF_GATEWAYS = {name for resources in GATEWAYS.values() for name in resources}
# The metric that counts what a gateway answered with 5xx.
SERVER_ERRORS = {"http-api": "5xx", "rest-api": "5XXError", "function-url": "Url5xxCount"}
# Logical IDs that stacks made by an earlier template do not have, where the template has them.
LATER = ["IndexTable"]
# Events of the function that they do not have.
LATER_EVENTS = ["Refresh"]


class NoManagedPolicies:
    """The translator asks for the account's managed policies. The template uses none."""

    def load(self):
        return {}


def expanded(template, gateway):
    """A template as SAM hands it to CloudFormation."""
    template = copy.deepcopy(template)
    # `sam deploy` uploads the build, and puts its place here.
    template["Resources"]["Function"]["Properties"]["CodeUri"] = "s3://code/bootstrap.zip"
    return transform(template, {"Gateway": gateway}, NoManagedPolicies())


def refers(value, resource):
    """Whether a value is a reference to this resource."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    (function, argument), = value.items()
    if function == "Fn::GetAtt":
        return argument[0] == resource
    return function == "Ref" and argument == resource or function == "Fn::Sub" and f"${{{resource}" in str(argument)


def without(value, resource):
    """A part of a template without its references to a resource, and without outputs and statements that are about nothing else.
    None, if nothing is left."""
    if refers(value, resource):
        return None
    if isinstance(value, dict):
        parts = {key: without(part, resource) for key, part in value.items()}
        if any(parts.get(key, "") is None for key in ("Resource", "Value")):
            return None
        return {key: part for key, part in parts.items() if part is not None}
    if isinstance(value, list):
        parts = [part for part in (without(part, resource) for part in value) if part is not None]
        return parts if parts or not value else None
    return value


def earlier_template():
    """The template of an earlier version."""
    template = copy.deepcopy(TEMPLATE)
    for event in LATER_EVENTS:
        del template["Resources"]["Function"]["Properties"]["Events"][event]
    for resource in LATER:
        template["Resources"].pop(resource, None)
        template = without(template, resource)
    return template


class Stack:
    """A stack in moto's CloudFormation."""

    def __init__(self, template, gateway):
        self.gateway = gateway
        self.cloudformation = boto3.client("cloudformation")
        storage = boto3.client("s3")
        storage.create_bucket(Bucket="code", CreateBucketConfiguration={"LocationConstraint": REGION})
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as code:
            code.writestr("bootstrap", "")
        storage.put_object(Bucket="code", Key="bootstrap.zip", Body=archive.getvalue())
        self.cloudformation.create_stack(**self.request(template))

    def request(self, template):
        return {
            "StackName": "pail",
            "TemplateBody": json.dumps(expanded(template, self.gateway)),
            "Parameters": [{"ParameterKey": "Gateway", "ParameterValue": self.gateway}],
            "Capabilities": ["CAPABILITY_IAM"],
        }

    def update(self, template):
        self.cloudformation.update_stack(**self.request(template))

    def status(self):
        return self.cloudformation.describe_stacks(StackName="pail")["Stacks"][0]["StackStatus"]

    def outputs(self):
        outputs = self.cloudformation.describe_stacks(StackName="pail")["Stacks"][0]["Outputs"]
        return {output["OutputKey"]: output["OutputValue"] for output in outputs}

    def delete(self):
        self.cloudformation.delete_stack(StackName="pail")

    def template(self):
        return self.backend().template_dict["Resources"]

    def backend(self):
        return cloudformation_backends[ACCOUNT][REGION].get_stack("pail")

    def resources(self):
        """The resources that were made, by logical ID."""
        made = {name: self.backend().resource_map.get(name) for name in self.template()}
        return {name: resource for name, resource in made.items() if resource is not None}

    def id_of(self, resource):
        return self.resources()[resource].physical_resource_id

    def tables(self):
        """The names of the tables, by logical ID."""
        types = {name: resource["Type"] for name, resource in self.template().items()}
        return {name: self.id_of(name) for name, type in types.items() if type == "AWS::DynamoDB::Table"}

    def function(self):
        return boto3.client("lambda").get_function(FunctionName=self.outputs()["FunctionName"])["Configuration"]

    def variables_of_tables(self):
        variables = self.function()["Environment"]["Variables"].items()
        return {name: value for name, value in variables if name.startswith("PAIL_") and name.endswith("_TABLE")}


ITEM = {"app_id": {"S": "demo"}, "pk": {"S": "demo"}, "sk": {"S": "acl"}}


def store(tables):
    """Stores an item in the two tables that have always been there."""
    for name in ("AppsTable", "ObjectsTable"):
        boto3.client("dynamodb").put_item(TableName=tables[name], Item=ITEM)


def stored(tables):
    client = boto3.client("dynamodb")
    return [item for name in ("AppsTable", "ObjectsTable") for item in client.scan(TableName=tables[name])["Items"]]


class OfEachGateway(unittest.TestCase):
    """What holds for a new stack with each of the gateways."""

    gateway = None

    @classmethod
    def setUpClass(cls):
        moto.mock_aws().start()
        cls.addClassCleanup(moto.mock_aws().stop)
        cls.stack = Stack(TEMPLATE, cls.gateway)

    def test_the_stack_has_the_resources_of_its_gateway_and_of_no_other(self):
        self.assertEqual(self.stack.status(), "CREATE_COMPLETE")
        template = self.stack.template()
        of_all = {name: resource["Type"] for name, resource in template.items() if name not in OF_GATEWAYS}
        self.assertNotIn("Condition", [key for name in of_all for key in template[name]])
        made = {name: template[name]["Type"] for name in self.stack.resources()}
        self.assertEqual(made, of_all | GATEWAYS[self.gateway])

    def test_the_function_gets_the_names_of_all_tables_and_the_role(self):
        function, tables = self.stack.function(), self.stack.tables()
        variables, outputs = self.stack.variables_of_tables(), self.stack.outputs()
        self.assertEqual(variables["PAIL_APPS_TABLE"], tables["AppsTable"])
        self.assertEqual(variables["PAIL_OBJECTS_TABLE"], tables["ObjectsTable"])
        self.assertEqual(sorted(variables.values()), sorted(tables.values()))
        # By these, the command line finds the tables of a stack.
        self.assertEqual({name: outputs.get(name) for name in tables}, tables)
        self.assertEqual(set(boto3.client("dynamodb").list_tables()["TableNames"]), set(tables.values()))
        roles = {role["Arn"] for role in boto3.client("iam").list_roles()["Roles"]}
        self.assertEqual({function["Role"]}, roles)
        self.assertNotIn("${", json.dumps(function["Environment"]))

    def test_the_role_reaches_the_tables_and_the_log_group_of_this_stack_and_nothing_else(self):
        role, reached = self.stack.resources()["FunctionRole"], {}
        for policy in role.policies.values():
            for statement in policy["Statement"]:
                self.assertEqual(statement["Effect"], "Allow")
                resources = statement["Resource"]
                for action in statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]:
                    self.assertNotIn("*", action)
                    reached.setdefault(action.split(":")[0], set()).update(resources if isinstance(resources, list) else [resources])
        tables = boto3.client("dynamodb")
        arns = {tables.describe_table(TableName=name)["Table"]["TableArn"] for name in self.stack.tables().values()}
        # CloudFormation's ARN of a log group ends in `:*`, and moto's does not.
        group = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:/aws/lambda/pail"
        self.assertEqual(reached, {"dynamodb": arns, "logs": {group}})
        self.assertEqual(role.managed_policies, {})

    def test_the_schedules_and_the_gateway_may_call_the_function_and_nobody_else(self):
        function = self.stack.function()["FunctionArn"]
        client, expected = boto3.client("events"), []
        inputs = []
        for rule in client.list_rules()["Rules"]:
            self.assertEqual((rule["State"], rule["ScheduleExpression"]), ("ENABLED", "rate(1 hour)"))
            targets = client.list_targets_by_rule(Rule=rule["Name"])["Targets"]
            self.assertEqual([target["Arn"] for target in targets], [function])
            inputs += [target["Input"] for target in targets]
            expected.append(("lambda:InvokeFunction", "events.amazonaws.com", rule["Arn"]))
        self.assertEqual(sorted(inputs), ['{"pail":"refresh"}', '{"pail":"sweep"}'])
        if self.gateway == "function-url":
            expected += [("lambda:InvokeFunctionUrl", "*", None), ("lambda:InvokeFunction", "*", None)]
        else:
            api = self.stack.id_of({"http-api": "HttpApi", "rest-api": "RestApi"}[self.gateway])
            source = f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{api}/*"
            expected.append(("lambda:InvokeFunction", "apigateway.amazonaws.com", source))
        policy = json.loads(boto3.client("lambda").get_policy(FunctionName=function)["Policy"])
        allowed = []
        for statement in policy["Statement"]:
            principal = statement["Principal"]
            principal = principal["Service"] if isinstance(principal, dict) else principal
            source = statement.get("Condition", {}).get("ArnLike", {}).get("AWS:SourceArn")
            allowed.append((statement["Action"], principal, source))
        self.assertEqual(sorted(allowed, key=str), sorted(expected, key=str))

    def test_alarms_watch_what_is_there(self):
        resources, template = self.stack.resources(), self.stack.template()
        alarms = {name: resources[name].properties for name in resources if template[name]["Type"] == "AWS::CloudWatch::Alarm"}
        self.assertEqual(alarms["ServerErrorsAlarm"]["MetricName"], SERVER_ERRORS[self.gateway])
        known = {"FunctionName": self.stack.outputs()["FunctionName"], "ApiName": "pail"}
        if self.gateway == "http-api":
            known["ApiId"] = self.stack.id_of("HttpApi")
        for name, alarm in alarms.items():
            self.assertNotIn("AlarmActions", alarm, name)
            for dimension in alarm.get("Dimensions", []):
                self.assertEqual(dimension["Value"], known[dimension["Name"]], name)
        metric, = resources["OldestDropMetric"].properties["MetricTransformations"]
        alarm = alarms["OldestDropAlarm"]
        self.assertEqual((metric["MetricNamespace"], metric["MetricName"]), (alarm["Namespace"], alarm["MetricName"]))
        groups = [group["logGroupName"] for group in boto3.client("logs").describe_log_groups()["logGroups"]]
        self.assertEqual(groups, [resources["OldestDropMetric"].properties["LogGroupName"]])

class HttpApi(OfEachGateway):
    gateway = "http-api"

    def test_the_one_route_leads_to_the_function(self):
        definition = self.stack.resources()["HttpApi"].properties["Body"]
        self.assertEqual(list(definition["paths"]), ["$default"])
        integration = definition["paths"]["$default"]["x-amazon-apigateway-any-method"]["x-amazon-apigateway-integration"]
        self.assertEqual(integration["uri"], INVOCATIONS.format(self.stack.function()["FunctionArn"]))
        self.assertEqual((integration["type"], integration["payloadFormatVersion"]), ("aws_proxy", "2.0"))
        url = f"https://{self.stack.id_of('HttpApi')}.execute-api.{REGION}.amazonaws.com/api"
        self.assertEqual(self.stack.outputs()["ApiUrl"], url)


class RestApi(OfEachGateway):
    gateway = "rest-api"

    def test_the_definition_can_be_imported_and_each_path_leads_to_the_function(self):
        definition = self.stack.resources()["RestApi"].properties["Body"]
        # moto takes no definition without one.
        definition = definition | {"info": definition["info"] | {"description": "-"}}
        client = boto3.client("apigateway")
        api = client.import_rest_api(body=json.dumps(definition))["id"]
        resources = client.get_resources(restApiId=api)["items"]
        self.assertEqual(sorted(resource["path"] for resource in resources), ["/", "/{proxy+}"])
        for resource in resources:
            method = definition["paths"][resource["path"]]["x-amazon-apigateway-any-method"]
            integration = method["x-amazon-apigateway-integration"]
            self.assertEqual(integration["uri"], INVOCATIONS.format(self.stack.function()["FunctionArn"]))
            self.assertEqual((integration["type"], integration["httpMethod"]), ("aws_proxy", "POST"))
        client.create_deployment(restApiId=api)
        stage = self.stack.resources()["RestApiStage"].properties
        self.assertEqual(stage["DeploymentId"], self.stack.id_of("RestApiDeployment1"))
        url = f"https://{self.stack.id_of('RestApi')}.execute-api.{REGION}.amazonaws.com/prod/api"
        self.assertEqual(self.stack.outputs()["ApiUrl"], url)


class FunctionUrl(OfEachGateway):
    gateway = "function-url"

    def test_the_url_leads_to_the_function(self):
        url = self.stack.resources()["FunctionUrl"].properties
        self.assertEqual((url["TargetFunctionArn"], url["AuthType"]), (self.stack.function()["FunctionArn"], "NONE"))
        # moto's permissions do not have these two.
        permissions = {name: self.stack.template()[name]["Properties"] for name in GATEWAYS[self.gateway] if name != "FunctionUrl"}
        self.assertEqual(permissions["FunctionUrlPermission"]["FunctionUrlAuthType"], "NONE")
        self.assertTrue(permissions["FunctionUrlInvokePermission"]["InvokedViaFunctionUrl"])
        self.assertEqual(self.stack.outputs()["ApiUrl"], f"https://{self.stack.id_of('FunctionUrl')}.example/api")


# It is run for each gateway.
del OfEachGateway


class Later(unittest.TestCase):
    """What becomes of a stack, with each of the gateways."""

    def test_an_update_from_an_earlier_template_keeps_the_tables_and_their_items(self):
        for gateway in GATEWAYS:
            with self.subTest(gateway), moto.mock_aws():
                self.check_update(Stack(earlier_template(), gateway))

    def check_update(self, stack):
        self.assertEqual(stack.status(), "CREATE_COMPLETE")
        before, resources = stack.tables(), set(stack.resources())
        store(before)
        stack.update(TEMPLATE)
        self.assertEqual(stack.status(), "UPDATE_COMPLETE")
        after = stack.tables()
        self.assertEqual({name: after[name] for name in before}, before)
        self.assertEqual(stored(before), [ITEM, ITEM])
        later = {name for name in LATER if name in TEMPLATE["Resources"]}
        of_events = {f"Function{event}{kind}" for event in LATER_EVENTS for kind in ("", "Permission")}
        self.assertEqual(set(stack.resources()) - resources, later | of_events)
        self.assertEqual(set(stack.variables_of_tables().values()), set(after.values()))

    def test_the_tables_outlive_the_stack_with_their_items(self):
        for gateway in GATEWAYS:
            with self.subTest(gateway), moto.mock_aws():
                stack = Stack(TEMPLATE, gateway)
                tables = stack.tables()
                store(tables)
                stack.delete()
                self.assertEqual(boto3.client("lambda").list_functions()["Functions"], [])
                self.assertEqual(boto3.client("iam").list_roles()["Roles"], [])
                self.assertEqual(set(boto3.client("dynamodb").list_tables()["TableNames"]), set(tables.values()))
                self.assertEqual(stored(tables), [ITEM, ITEM])


class Tables(unittest.TestCase):
    """What moto ignores."""

    def test_every_table_outlives_the_stack_and_is_protected(self):
        tables = {name: table for name, table in TEMPLATE["Resources"].items() if table["Type"] == "AWS::DynamoDB::Table"}
        self.assertLessEqual({"AppsTable", "ObjectsTable"}, set(tables))
        for name, table in tables.items():
            properties = table["Properties"]
            self.assertEqual((table["DeletionPolicy"], table["UpdateReplacePolicy"]), ("Retain", "Retain"), name)
            self.assertEqual(properties["BillingMode"], "PAY_PER_REQUEST", name)
            self.assertTrue(properties["DeletionProtectionEnabled"], name)
            self.assertTrue(properties["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], name)
            # A name in the template would keep a table that an earlier stack left behind from being replaced.
            self.assertNotIn("TableName", properties, name)


if __name__ == "__main__":
    unittest.main()
