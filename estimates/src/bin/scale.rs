//! How DynamoDB's partitions scale with Pail's creates: the share that is throttled over time. Prints the tables of docs/scale.md and
//! draws its plots: `scale docs/scale.svg`.

use std::error::Error;

use plotters::prelude::*;

/// The units that a partition serves per second (DynamoDB, Developer Guide: "Partitions and data distribution").
const WRITES_OF_A_PARTITION: f64 = 1_000.0;
const READS_OF_A_PARTITION: f64 = 3_000.0;
/// The partitions of a new on-demand table: it serves 4,000 writes and 12,000 reads a second.
const PARTITIONS_OF_A_NEW_TABLE: f64 = 4.0;
/// Assumed: the seconds of throttling after which a partition is split for heat.
const SECONDS_TO_SPLIT: usize = 300;
/// Assumed: how long a create occupies its execution environment, in seconds.
const SECONDS_OF_A_CREATE: f64 = 0.010;
/// How long a load lasts, in seconds.
const SECONDS: usize = 3_600;

const RATES: [f64; 4] = [1e3, 1e4, 1e5, 1e6];

/// Keys that are read or written together: one item, or a range that DynamoDB can split.
struct Keys {
    /// Calls on them for each create.
    calls: f64,
    partitions: f64,
    splits: bool,
    limit: f64,
    throttled_for: usize,
}

impl Keys {
    /// One item, which is always in one partition.
    fn one_item(calls: f64) -> Self {
        Self { calls, partitions: 1.0, splits: false, limit: READS_OF_A_PARTITION, throttled_for: 0 }
    }

    /// Many items that are read, with the number of their partitions at first.
    fn read(calls: f64, partitions: f64) -> Self {
        Self { calls, partitions, splits: true, limit: READS_OF_A_PARTITION, throttled_for: 0 }
    }

    /// Objects with random IDs that are written, with the number of their partitions at first.
    fn written(partitions: f64) -> Self {
        Self { calls: 1.0, partitions, splits: true, limit: WRITES_OF_A_PARTITION, throttled_for: 0 }
    }

    /// The share of calls that are served in a second with so many creates. Partitions of one range share its load evenly, so
    /// that they are throttled, and split, together.
    fn serve(&mut self, creates: f64) -> f64 {
        let asked = creates * self.calls;
        let capacity = self.partitions * self.limit;
        self.throttled_for = if asked > capacity { self.throttled_for + 1 } else { 0 };
        if self.splits && self.throttled_for == SECONDS_TO_SPLIT {
            self.partitions *= 2.0;
            self.throttled_for = 0;
        }
        (capacity / asked).min(1.0)
    }
}

/// Creates with the same keys.
struct Stream {
    /// Its share of all creates.
    share: f64,
    reads: Vec<Keys>,
    writes: Keys,
}

/// A distribution of creates over apps and buckets.
#[derive(Clone, Copy)]
enum Spread {
    OneHotBucket,
    MillionBucketsOfOneApp,
    OneAppOfAThousandHasMost,
}

impl Spread {
    const ALL: [Self; 3] = [Self::OneHotBucket, Self::MillionBucketsOfOneApp, Self::OneAppOfAThousandHasMost];

    fn name(self) -> &'static str {
        match self {
            Self::OneHotBucket => "one hot bucket",
            Self::MillionBucketsOfOneApp => "a million buckets of one app",
            Self::OneAppOfAThousandHasMost => "1,000 apps, one with 90 %",
        }
    }

    /// The streams of a load, with apps and buckets cached for some seconds (0: not at all).
    fn streams(self, cached: f64) -> Vec<Stream> {
        // Calls of each create for an item that every create needs: one, or one for each execution environment and lifetime of
        // its copy. As many environments are busy as creates arrive while one is handled. An environment caches 16 buckets: of a
        // million, hardly one is cached when it is needed again.
        let copied = if cached == 0.0 { 1.0 } else { (SECONDS_OF_A_CREATE / cached).min(1.0) };
        let of_table = PARTITIONS_OF_A_NEW_TABLE;
        match self {
            Self::OneHotBucket => vec![Stream {
                share: 1.0,
                reads: vec![Keys::one_item(copied), Keys::one_item(copied)],
                writes: Keys::written(1.0),
            }],
            // The bucket items of a scope have one partition key.
            Self::MillionBucketsOfOneApp => vec![Stream {
                share: 1.0,
                reads: vec![Keys::one_item(copied), Keys::read(1.0, 1.0)],
                writes: Keys::written(of_table),
            }],
            // The buckets of users, each in a scope of its own.
            Self::OneAppOfAThousandHasMost => vec![
                Stream {
                    share: 0.9,
                    reads: vec![Keys::one_item(copied), Keys::read(1.0, of_table)],
                    writes: Keys::written(of_table * 0.9),
                },
                Stream {
                    share: 0.1,
                    reads: vec![Keys::read(1.0, of_table), Keys::read(1.0, of_table)],
                    writes: Keys::written(of_table * 0.1),
                },
            ],
        }
    }

    /// The share of creates that are throttled, second by second.
    fn throttled(self, rate: f64, cached: f64) -> Vec<f64> {
        let mut streams = self.streams(cached);
        let served = |stream: &mut Stream| {
            let creates = rate * stream.share;
            // A create whose read is throttled writes nothing.
            let read = stream.reads.iter_mut().map(|keys| keys.serve(creates)).fold(1.0, f64::min);
            stream.share * read * stream.writes.serve(creates * read)
        };
        (0..SECONDS).map(|_| (1.0 - streams.iter_mut().map(served).sum::<f64>()).max(0.0)).collect()
    }
}

/// For how many seconds apps and buckets are cached, in the comparison.
const CACHED_SECONDS: [f64; 2] = [0.0, 5.0];

fn caching_name(cached: f64) -> String {
    if cached == 0.0 { "not cached".to_owned() } else { format!("cached for {cached} s") }
}

fn tables() {
    println!("| creates | app and bucket | creates a second | throttled at first | after 10 min | after 60 min |");
    println!("|---|---|---|---|---|---|");
    for spread in Spread::ALL {
        for cached in CACHED_SECONDS {
            for rate in RATES {
                let throttled = spread.throttled(rate, cached);
                let at = |second: usize| format!("{:.1} %", throttled[second] * 100.0);
                let (name, cached) = (spread.name(), caching_name(cached));
                println!("| {name} | {cached} | {rate} | {} | {} | {} |", at(0), at(599), at(SECONDS - 1));
            }
        }
    }
    println!();
    println!("| cached for | creates a second at which one item is the ceiling | a revocation is felt after at most |");
    println!("|---|---|---|");
    for cached in [0.0, 1.0, 5.0, 30.0] {
        // Each busy environment handles 1 / SECONDS_OF_A_CREATE creates a second, and reads once in the lifetime of a copy.
        let ceiling = READS_OF_A_PARTITION * if cached == 0.0 { 1.0 } else { cached / SECONDS_OF_A_CREATE };
        println!("| {cached} s | {ceiling} | {cached} s |");
    }
}

fn plots(path: &str) -> Result<(), Box<dyn Error>> {
    let root = SVGBackend::new(path, (1_200, 800)).into_drawing_area();
    root.fill(&WHITE)?;
    let panels = root.split_evenly((2, 3));
    let colours = [BLUE, GREEN, MAGENTA, RED];
    let cases = CACHED_SECONDS.into_iter().flat_map(|cached| Spread::ALL.map(|spread| (cached, spread)));
    for (panel, (cached, spread)) in panels.iter().zip(cases) {
        let mut chart = ChartBuilder::on(panel)
            .margin(10)
            .caption(format!("{}, {}", spread.name(), caching_name(cached)), ("sans-serif", 15))
            .set_label_area_size(LabelAreaPosition::Left, 45)
            .set_label_area_size(LabelAreaPosition::Bottom, 35)
            .build_cartesian_2d(0.0..60.0, 0.0..100.0)?;
        chart
            .configure_mesh()
            .x_desc("minutes")
            .y_desc("% throttled")
            .max_light_lines(1)
            .light_line_style(WHITE)
            .draw()?;
        for (rate, colour) in RATES.into_iter().zip(colours) {
            let throttled = spread.throttled(rate, cached);
            let points =
                throttled.iter().enumerate().step_by(10).map(|(second, share)| (second as f64 / 60.0, share * 100.0));
            chart
                .draw_series(LineSeries::new(points, colour.stroke_width(2)))?
                .label(format!("{rate}/s"))
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 15, y)], colour.stroke_width(2)));
        }
        chart.configure_series_labels().background_style(WHITE.mix(0.8)).border_style(BLACK.mix(0.3)).draw()?;
    }
    root.present()?;
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    tables();
    match std::env::args().nth(1) {
        Some(path) => plots(&path),
        None => Ok(()),
    }
}
