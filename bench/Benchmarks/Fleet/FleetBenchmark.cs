using System.Diagnostics;
using EdgeFlora.Contracts.Tasks;

namespace EdgeFlora.Benchmarks.Fleet;

/// <summary>What one message costs the coordinator by the number of agents at work: it must not grow with them.</summary>
internal static class FleetBenchmark
{
    private const int Few = 100;
    private const int Many = 3000;
    private const int Turns = 7;
    private const int BeatsPerTurn = 6000;

    /// <summary>Fleets of both sizes in turn, so that a busy machine meets both alike; the median of the turns.</summary>
    public static async Task RunAsync(TextWriter output)
    {
        List<double> fewAccepts = [], manyAccepts = [], fewBeats = [], manyBeats = [];
        for (int turn = 0; turn < Turns; turn++)
        {
            await MeasureAsync(Few, fewAccepts, fewBeats);
            await MeasureAsync(Many, manyAccepts, manyBeats);
        }

        output.WriteLine(FormattableString.Invariant($"| message | {Few} agents at work, ms | {Many} agents, ms | ratio |"));
        output.WriteLine("|---|---:|---:|---:|");
        Write(output, "Heartbeat", Median(fewBeats), Median(manyBeats));
        Write(output, "TaskAccepted, stored", Median(fewAccepts), Median(manyAccepts));
    }

    private static async Task MeasureAsync(int agents, List<double> accepts, List<double> beats)
    {
        (MadeUpFleet fleet, IReadOnlyList<TaskOffer> offers) = await MadeUpFleet.StartAsync(agents);
        await using (fleet)
        {
            long began = Stopwatch.GetTimestamp();
            foreach (TaskOffer offer in offers)
            {
                await fleet.AcceptAsync(offer);
            }

            accepts.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds / offers.Count);
            began = Stopwatch.GetTimestamp();
            for (int i = 0; i < BeatsPerTurn; i++)
            {
                fleet.Beat(fleet.Names[i % fleet.Names.Length]);
            }

            await fleet.DoneAsync();
            beats.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds / BeatsPerTurn);
        }
    }

    private static void Write(TextWriter output, string message, double few, double many) =>
        output.WriteLine(FormattableString.Invariant($"| {message} | {few:0.0000} | {many:0.0000} | {many / few:0.00} |"));

    private static double Median(List<double> figures) => figures.Order().ElementAt(figures.Count / 2);
}
