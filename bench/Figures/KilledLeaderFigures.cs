using System.Diagnostics;
using System.Globalization;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Integration.Tests.Service;

namespace EdgeFlora.Figures;

/// <summary>
/// How long two coordinators on one PostgreSQL database take to hand over, for docs/benchmarks.md: a real broker and server, everything at its
/// defaults. <c>dotnet run --project bench/Figures -c Release -- -class "*KilledLeaderFigures" -showliveoutput</c>.
/// </summary>
public sealed class KilledLeaderFigures(BrokerFixture broker, PostgresFixture postgres)
{
    private const int Tries = 3;

    [Theory]
    [InlineData("KILL", "kill -9 of the leader")]
    [InlineData("STOP", "the leader stands still (SIGSTOP, as a machine that is lost)")]
    [InlineData("TERM", "the leader is stopped in good order")]
    public async Task Signal_in_mid_round_to_the_run_going_on(string signal, string what)
    {
        List<double> led = [], recovered = [];
        for (int i = 0; i < Tries; i++)
        {
            await using ReplicaFleet fleet =
                await ReplicaFleet.StartAsync(broker.Url("figures"), await (await postgres.ServerAsync()).NewDatabaseAsync(), lease: "5s");
            string run = await fleet.SubmitAndHoldAsync("figures");
            long began = Stopwatch.GetTimestamp();
            await fleet.Leader.TellAsync(signal);
            await fleet.Standby.LineAsync("serving at ");
            led.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            await fleet.Events.SeenAsync(
                happened => happened.RunId.ToString() == run && happened.Kind == RunEventKind.CoordinatorRecovered);
            recovered.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            await ReplicaFleet.LeadsAsync(fleet.Standby);
            fleet.LetGo();
            await fleet.CompletedAsync(run);
        }

        TestContext.Current.TestOutputHelper!.WriteLine($"{what}, to the other's leading: {Text(led)} s; to the run's going on: {Text(recovered)} s");
    }

    private static string Text(List<double> figures)
    {
        double median = figures.Order().ElementAt(figures.Count / 2);
        return string.Create(CultureInfo.InvariantCulture, $"median {median:0.0} (")
            + string.Join(", ", figures.Select(figure => figure.ToString("0.0", CultureInfo.InvariantCulture))) + ")";
    }
}
