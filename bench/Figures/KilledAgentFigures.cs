using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Integration.Tests.Service;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Figures;

/// <summary>
/// What a killed agent costs, for docs/benchmarks.md: a real broker, the service and agents as processes, everything at its defaults. Measured when
/// asked for: <c>dotnet run --project bench/Figures -c Release -- -class "*KilledAgentFigures" -showliveoutput</c>.
/// </summary>
public sealed class KilledAgentFigures(BrokerFixture broker)
{
    private const int Tries = 3;

    private const string Killed = "agent-6";

    private static readonly string[] Survivors = ["agent-1", "agent-2", "agent-3", "agent-4", "agent-5"];

    private string Url => broker.Url("figures");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Kill_in_mid_round_to_the_agent_shown_away_and_the_round_committed()
    {
        List<double> away = [], committed = [], next = [];
        await using Fleet fleet = await Fleet.StartAsync(Url);
        foreach (string name in Survivors)
        {
            fleet.Served.StartAgent(name);
        }

        for (int i = 0; i < Tries; i++)
        {
            EdgeFloraProcess last = fleet.Served.StartAgent(Killed);
            string run = await fleet.Served.SubmitAsync($"figures-{i}", "agents.min=6", "training.steps=150", "training.batch=16", "rounds.count=2");
            await last.LineAsync($"agent {Killed}: training for round 1");
            long killed = Stopwatch.GetTimestamp();
            await last.KillAsync();
            await fleet.UntilAsync(agent => agent.Summary.Presence == AgentPresence.Silent);
            away.Add(Stopwatch.GetElapsedTime(killed).TotalSeconds);
            committed.Add(await fleet.ClosedAfterAsync(run, round: 1));
            next.Add(await fleet.ClosedAfterAsync(run, round: 2));
        }

        Say($"kill -9 of one of six agents in mid-round to it being shown away: {Text(away)} s");
        Say($"last result of the five others to the round's commit: {Text(committed)} s; in the round after: {Text(next)} s");
    }

    /// <summary>The five others do not train: each agent has a processor of its own in use, and here they would share one.</summary>
    [Fact]
    public async Task Kill_and_start_again_to_being_at_work_again()
    {
        List<double> speaking = [], working = [], work = [];
        var never = new TaskCompletionSource();
        await using ScriptedFleet others = await ScriptedFleet.StartAsync(Url);
        await using Fleet fleet = await Fleet.StartAsync(Url, "heartbeat: 10m\n");
        foreach (string name in Survivors)
        {
            await others.AddAsync(name, (_, stop) => never.Task.WaitAsync(stop));
        }

        EdgeFloraProcess agent = fleet.Served.StartAgent(Killed);
        await fleet.Served.SubmitAsync("figures", "agents.min=6", "training.steps=1000000", "training.batch=16", "rounds.count=1");
        await agent.LineAsync($"agent {Killed}: training for round 1");
        for (int i = 0; i < Tries; i++)
        {
            await agent.KillAsync();
            long started = Stopwatch.GetTimestamp();
            agent = fleet.Served.StartAgent(Killed);
            await agent.LineAsync($"agent {Killed}: ");
            speaking.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
            await agent.LineAsync($"agent {Killed}: training for round 1");
            working.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
            work.Add(agent.ProcessorTime.TotalSeconds);
        }

        Say($"start of a killed agent to being at its task again: {Text(working)} s, of which {Text(work)} s of processor time; "
            + $"it speaks after {Text(speaking)} s");
    }

    private static string Text(List<double> figures)
    {
        double median = figures.Order().ElementAt(figures.Count / 2);
        return string.Create(CultureInfo.InvariantCulture, $"median {median:0.0} (")
            + string.Join(", ", figures.Select(figure => figure.ToString("0.0", CultureInfo.InvariantCulture))) + ")";
    }

    private static void Say(string figures) => TestContext.Current.TestOutputHelper!.WriteLine(figures);

    /// <summary>A service with its agents, and everything that it publishes.</summary>
    private sealed class Fleet : IAsyncDisposable
    {
        private readonly MessageBus bus;
        private readonly EventRecorder events;
        private readonly HttpClient api;

        private Fleet(ServedFleet served, MessageBus bus, EventRecorder events)
        {
            Served = served;
            this.bus = bus;
            this.events = events;
            api = new HttpClient { BaseAddress = served.Address };
        }

        public ServedFleet Served { get; }

        /// <param name="configuration">Of the service; absent: all by default.</param>
        public static async Task<Fleet> StartAsync(string url, string? configuration = null)
        {
            var served = new ServedFleet(url);
            await served.ServeAsync(configuration is null ? [] : ["--config", served.Write("coordinator.yaml", configuration)]);
            MessageBus bus = await BusFactory.StartAsync(new BrokerOptions { Url = url }, TimeProvider.System, null, Stop);
            return new Fleet(served, bus, await EventRecorder.ConnectAsync(bus));
        }

        /// <summary>Waits for a round's commit with the results of the survivors.</summary>
        /// <returns>Seconds from the last of these results to the commit.</returns>
        public async Task<double> ClosedAfterAsync(string run, int round)
        {
            RunEvent end = await events.SeenAsync(
                happened => happened.RunId.ToString() == run && happened is { Kind: RunEventKind.RoundCommitted } && happened.Round == round);
            RunEvent[] results =
            [
                .. events.All.Where(
                    happened => happened.RunId == end.RunId && happened is { Kind: RunEventKind.ResultAccepted } && happened.Round == round),
            ];
            Assert.Equal(Survivors, results.Select(result => result.AgentId).Order());
            return (end.ElapsedMs - results.Max(result => result.ElapsedMs)) / 1000.0;
        }

        /// <summary>Looks at the killed agent, as an operator would, until it is shown so.</summary>
        public async Task UntilAsync(Func<AgentDetail, bool> isSo)
        {
            using var look = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
            while (!isSo((await api.GetFromJsonAsync<AgentDetail>($"/api/v1/agents/{Killed}", ApiJson.Options, Stop))!))
            {
                await look.WaitForNextTickAsync(Stop);
            }
        }

        public async ValueTask DisposeAsync()
        {
            api.Dispose();
            await events.StopAsync();
            await BusFactory.StopAsync(bus);
            await Served.DisposeAsync();
        }
    }
}
