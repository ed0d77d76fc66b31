using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Integration.Tests.Service;

/// <summary>
/// What a killed agent costs, for docs/benchmarks.md: a real broker, the service and six agents as processes, everything at its defaults. Measured
/// when asked for: <c>-explicit only -class EdgeFlora.Integration.Tests.Service.KilledAgentFigures -showliveoutput</c>.
/// </summary>
public sealed class KilledAgentFigures(BrokerFixture broker)
{
    private const string Killed = "agent-6";

    private static readonly string[] Survivors = ["agent-1", "agent-2", "agent-3", "agent-4", "agent-5"];

    private string Url => broker.Url("figures");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task Kill_in_mid_round_to_the_agent_shown_away_and_the_round_committed()
    {
        List<double> away = [], committed = [], next = [];
        for (int i = 0; i < 3; i++)
        {
            await using Fleet fleet = await Fleet.StartAsync(Url);
            EdgeFloraProcess last = await fleet.AddAsync([.. Survivors, Killed]);
            await fleet.SubmitAsync();
            await fleet.SeenAsync(happened => happened is { Kind: RunEventKind.TaskProgressed, AgentId: Killed, Round: 1 });
            long killed = Stopwatch.GetTimestamp();
            await last.KillAsync();
            await fleet.UntilAsync(agent => agent.Summary.Presence == AgentPresence.Silent);
            away.Add(Stopwatch.GetElapsedTime(killed).TotalSeconds);
            RunEvent end = await fleet.SeenAsync(happened => happened is { Kind: RunEventKind.RoundCommitted, Round: 1 });
            RunEvent[] results = [.. fleet.Events.Where(happened => happened is { Kind: RunEventKind.ResultAccepted, Round: 1 })];
            Assert.Equal(Survivors, results.Select(result => result.AgentId).Order());
            committed.Add((end.ElapsedMs - results.Max(result => result.ElapsedMs)) / 1000.0);
            RunEvent second = await fleet.SeenAsync(happened => happened is { Kind: RunEventKind.RoundCommitted, Round: 2 });
            RunEvent[] later = [.. fleet.Events.Where(happened => happened is { Kind: RunEventKind.ResultAccepted, Round: 2 })];
            next.Add((second.ElapsedMs - later.Max(result => result.ElapsedMs)) / 1000.0);
        }

        Say($"kill -9 of one of six agents in mid-round to it being shown away: {Text(away)} s");
        Say($"last result of the five others to the round's commit: {Text(committed)} s; in the round after: {Text(next)} s");
    }

    [Fact(Explicit = true)]
    public async Task Kill_and_start_again_to_being_at_work_again()
    {
        List<double> times = [], work = [];
        for (int i = 0; i < 3; i++)
        {
            await using Fleet fleet = await Fleet.StartAsync(Url);
            EdgeFloraProcess last = await fleet.AddAsync([.. Survivors, Killed]);
            await fleet.SubmitAsync();
            await fleet.SeenAsync(happened => happened is { Kind: RunEventKind.TaskProgressed, AgentId: Killed, Round: 1 });
            await last.KillAsync();
            long started = Stopwatch.GetTimestamp();
            EdgeFloraProcess again = await fleet.AddAsync(Killed);
            await again.LineAsync($"agent {Killed}: training for round 1");
            times.Add(Stopwatch.GetElapsedTime(started).TotalSeconds);
            work.Add(again.ProcessorTime.TotalSeconds);
            await fleet.SeenAsync(happened => happened is { Kind: RunEventKind.RoundCommitted, Round: 1 });
            Assert.Contains(fleet.Events, happened => happened is { Kind: RunEventKind.ResultAccepted, Round: 1, AgentId: Killed });
        }

        Say($"start of a killed agent to being at its task again: {Text(times)} s, of which {Text(work)} s of processor time");
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
        private readonly ServedFleet served;
        private readonly MessageBus bus;
        private readonly EventRecorder events;
        private readonly HttpClient api;

        private Fleet(ServedFleet served, MessageBus bus, EventRecorder events)
        {
            this.served = served;
            this.bus = bus;
            this.events = events;
            api = new HttpClient { BaseAddress = served.Address };
        }

        public IEnumerable<RunEvent> Events => events.All;

        public static async Task<Fleet> StartAsync(string url)
        {
            var served = new ServedFleet(url);
            await served.ServeAsync();
            MessageBus bus = await BusFactory.StartAsync(new BrokerOptions { Url = url }, TimeProvider.System, null, Stop);
            return new Fleet(served, bus, await EventRecorder.ConnectAsync(bus));
        }

        /// <summary>Starts agents and returns the last.</summary>
        public async Task<EdgeFloraProcess> AddAsync(params string[] names)
        {
            EdgeFloraProcess[] agents = [.. names.Select(served.StartAgent)];
            await Task.WhenAll(agents.Select(agent => agent.LineAsync("")));
            return agents[^1];
        }

        /// <summary>Rounds of some seconds each; nothing else is said of them.</summary>
        public Task<string> SubmitAsync() =>
            served.SubmitAsync("figures", "agents.min=6", "training.steps=1500", "training.batch=16", "rounds.count=2");

        public Task<RunEvent> SeenAsync(Func<RunEvent, bool> wanted) => events.SeenAsync(wanted, TimeSpan.FromMinutes(5));

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
            await served.DisposeAsync();
        }
    }
}
