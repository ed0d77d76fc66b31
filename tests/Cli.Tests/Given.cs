using EdgeFlora.Cli.Report;

namespace EdgeFlora.Cli.Tests;

/// <summary>Results with figures chosen by hand.</summary>
internal static class Given
{
    public static DemoResult Result() => new()
    {
        Seed = 7,
        Strategy = "FloraNA",
        Agents = 3,
        Rounds =
        [
            new RoundResult
            {
                Round = 1, Offered = 3, Accepted = 2, Dropped = 1, Late = 0, Rejected = [], Divergence = new DivergenceResult(0.11, 0.7, 0.09),
                GlobalAccuracy = 0.45, LocalAccuracyMean = 0.55, BytesUp = 100_000, BytesDown = 150_000, Seconds = 1.9,
            },
            new RoundResult
            {
                Round = 2, Offered = 2, Accepted = 1, Dropped = 0, Late = 0, Rejected = [new Refusal("c", "norm 812 is over 10 × the median 0.9")],
                Divergence = new DivergenceResult(0, 0, 0), GlobalAccuracy = 0.62, LocalAccuracyMean = 0.7, BytesUp = 51_000, BytesDown = 100_000,
                Seconds = 1.5,
            },
        ],
        BaseAccuracy = 0.08,
        LocalOnlyAccuracyMean = 0.35,
        FinalGlobalAccuracy = 0.62,
        CentralisedAccuracy = 0.66,
        Merges = new MergeFigures(
            60,
            500,
            [
                new MergeRow("FedIT", 0.5, 0.25, 0, 0), new MergeRow("FloraNA", 0.25, 0.375, 0.125, 0.05), new MergeRow("exact", 0, 0.28, 0.03, 0.05),
            ]),
        Bytes = new ByteTotals(151_000, 600_000, 24_000_000),
        Seconds = new SecondTotals(4.4, 9.1),
        Faults = [new FaultResult("AgentKilled", 1, "b", "dropped, and back in round 2", Survived: true)],
        Adapter = "demo-run/adapter",
        AdapterSha256 = new string('a', 64),
    };
}
