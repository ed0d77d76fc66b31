using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Integration.Tests.Service;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Stamps;

namespace EdgeFlora.Figures;

/// <summary>
/// The service's figures in docs/benchmarks.md: a real broker, the service as a process, agents as said. They are measured when they are asked for:
/// <c>dotnet run --project bench/Figures -c Release -- -class "*ServiceFigures" -showliveoutput</c>.
/// </summary>
public sealed class ServiceFigures(BrokerFixture broker)
{
    /// <summary>Scripted agents send no heartbeats: none is to be taken for silent.</summary>
    private const string LongHeartbeats = "heartbeat: 10m\n";

    /// <summary>What the agent says once it is welcome and has nothing to do.</summary>
    private const string Joined = "agent a: idle";

    private string Url => broker.Url("figures");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Kill_to_welcome_of_an_agent()
    {
        await using var fleet = new ServedFleet(Url);
        await fleet.ServeAsync();
        EdgeFloraProcess agent = fleet.StartAgent("a");
        await agent.LineAsync(Joined);
        List<double> times = [];
        List<double> work = [];
        for (int i = 0; i < 5; i++)
        {
            long began = Stopwatch.GetTimestamp();
            await agent.KillAsync();
            agent = fleet.StartAgent("a");
            await agent.LineAsync(Joined);
            times.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            work.Add(agent.ProcessorTime.TotalSeconds);
        }

        Say($"kill -9 of an agent to its welcome, start of the process included: {Text(times)} s, of which {Text(work)} s of processor time");
    }

    [Fact]
    public async Task Kill_to_serving_with_a_hundred_runs_in_the_store()
    {
        await using var fleet = new ServedFleet(Url);
        await using ScriptedFleet agents = await ScriptedFleet.StartAsync(Url);
        string config = fleet.Write("coordinator.yaml", LongHeartbeats);
        await fleet.ServeAsync("--config", config);
        await agents.AddAsync("a");
        await agents.AddAsync("b");
        for (int i = 0; i < 100; i++)
        {
            bool queued = i >= 90;
            string run = await fleet.SubmitAsync($"run-{i + 1}", queued ? "agents.min=50" : "agents.min=2");
            if (!queued)
            {
                Assert.Equal(0, (await ServedFleet.WatchAsync(run)).Code);
            }
        }

        List<double> times = [];
        List<double> work = [];
        for (int i = 0; i < 5; i++)
        {
            long began = Stopwatch.GetTimestamp();
            await fleet.RestartAsync("--config", config);
            using HttpClient api = Client(fleet);
            Page<RunSummary> runs = (await api.GetFromJsonAsync<Page<RunSummary>>("/api/v1/runs?limit=500", ApiJson.Options, Stop))!;
            times.Add(Stopwatch.GetElapsedTime(began).TotalSeconds);
            work.Add(fleet.Service.ProcessorTime.TotalSeconds);
            Assert.Equal((100, 10), (runs.Items.Count, runs.Items.Count(run => run.State == RunState.Queued)));
        }

        Say(
            $"kill -9 of the service to its first answer, which lists 100 runs (90 completed, 10 queued), "
                + $"start of the process included: {Text(times)} s, of which {Text(work)} s of processor time");
    }

    [Fact]
    public async Task Answers_at_a_hundred_requests_a_second_with_five_event_streams()
    {
        const int PerSecond = 100;
        const int RoundsPerSecond = 5;
        const int Seconds = 30;
        await using var fleet = new ServedFleet(Url);
        await using ScriptedFleet agents = await ScriptedFleet.StartAsync(Url);
        await fleet.ServeAsync("--config", fleet.Write("coordinator.yaml", LongHeartbeats));
        using var mayAnswer = new SemaphoreSlim(0);
        await agents.AddAsync("a", (_, stop) => mayAnswer.WaitAsync(stop));
        await agents.AddAsync("b");
        string run = await fleet.SubmitAsync("busy", "rounds.count=10000");
        using HttpClient api = Client(fleet);
        using var streams = CancellationTokenSource.CreateLinkedTokenSource(Stop);
        int lines = 0;
        Task[] readers =
        [
            .. Enumerable.Range(0, 5).Select(async _ =>
            {
                try
                {
                    using var reader = new StreamReader(await api.GetStreamAsync($"/api/v1/runs/{run}/events?follow=true", streams.Token));
                    while (await reader.ReadLineAsync(streams.Token) is not null)
                    {
                        Interlocked.Increment(ref lines);
                    }
                }
                catch (OperationCanceledException)
                {
                }
            }),
        ];
        string[] paths = ["/api/v1/runs", $"/api/v1/runs/{run}", "/api/v1/agents", "/api/v1/agents/a", "/api/v1/status"];
        await Task.WhenAll(paths.Select(path => api.GetStringAsync(path, Stop)));
        var times = new ConcurrentBag<double>();
        List<Task> asked = [];
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / PerSecond));
        long began = Stopwatch.GetTimestamp();
        for (int i = 0; i < PerSecond * Seconds; i++)
        {
            await timer.WaitForNextTickAsync(Stop);
            string path = paths[i % paths.Length];
            if (i % (PerSecond / RoundsPerSecond) == 0)
            {
                // So many rounds a second go on meanwhile, whatever the machine.
                mayAnswer.Release();
            }

            asked.Add(Task.Run(
                async () =>
                {
                    long sent = Stopwatch.GetTimestamp();
                    using HttpResponseMessage answer = await api.GetAsync(path, Stop);
                    await answer.Content.ReadAsByteArrayAsync(Stop);
                    Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
                    times.Add(Stopwatch.GetElapsedTime(sent).TotalMilliseconds);
                },
                Stop));
        }

        await Task.WhenAll(asked);
        double took = Stopwatch.GetElapsedTime(began).TotalSeconds;
        await streams.CancelAsync();
        await Task.WhenAll(readers);
        double[] sorted = [.. times.Order()];
        RunDetail busy = await ServedFleet.ShowAsync(run);
        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"{sorted.Length} requests at {sorted.Length / took:0} a second over {took:0} s, 5 event streams ({lines} lines), "
                + $"a run that committed {busy.Summary.RoundsCommitted} rounds meanwhile: "
            + $"p50 {At(sorted, 0.5):0.0} ms, p99 {At(sorted, 0.99):0.0} ms, longest {sorted[^1]:0} ms; "
            + $"working set {fleet.Service.WorkingSet / 1_000_000} MB"));
    }

    [Fact]
    public async Task A_thousand_agents_say_hello_at_once()
    {
        const int Agents = 1000;
        await using var fleet = new ServedFleet(Url);
        await fleet.ServeAsync();
        long before = fleet.Service.WorkingSet;
        MessageBus bus = await BusFactory.StartAsync(new BrokerOptions { Url = Url }, TimeProvider.System, null, Stop);
        var welcomed = new ConcurrentDictionary<string, double>();
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        long began = 0;
        string[] names = [.. Enumerable.Range(1, Agents).Select(i => string.Create(CultureInfo.InvariantCulture, $"agent-{i}"))];
        QueueConsumer[] queues =
        [
            .. names.Select(name => bus.ConnectQueue(Queues.Agent(name), QueueKind.AgentControl, endpoint => endpoint.Handler<AgentWelcome>(_ =>
            {
                welcomed.TryAdd(name, Stopwatch.GetElapsedTime(began).TotalSeconds);
                if (welcomed.Count == Agents)
                {
                    done.TrySetResult();
                }

                return Task.CompletedTask;
            }))),
        ];
        foreach (QueueConsumer queue in queues)
        {
            await queue.Ready;
        }

        var courier = new Courier(bus, TimeProvider.System, TimeSpan.FromSeconds(60));
        began = Stopwatch.GetTimestamp();
        await Task.WhenAll(names.Select(name => HelloAsync(courier, name)));
        double sent = Stopwatch.GetElapsedTime(began).TotalSeconds;
        await done.Task.WaitAsync(TimeSpan.FromMinutes(2), Stop);
        double[] times = [.. welcomed.Values.Order()];
        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"{Agents} hellos, all at the broker after {sent:0.0} s: welcomes after {At(times, 0.5):0.0} s (median) and {times[^1]:0.0} s (last); "
            + $"working set of the service {before / 1_000_000} MB before, {fleet.Service.WorkingSet / 1_000_000} MB after"));
        await BusFactory.StopAsync(bus);
    }

    [Fact]
    public async Task Seconds_that_the_platform_adds_to_a_round()
    {
        const int Agents = 10;
        const int Rounds = 50;
        await using var fleet = new ServedFleet(Url);
        await using ScriptedFleet agents = await ScriptedFleet.StartAsync(Url);
        await fleet.ServeAsync("--config", fleet.Write("coordinator.yaml", LongHeartbeats));
        for (int i = 0; i < Agents; i++)
        {
            await agents.AddAsync($"agent-{i}");
        }

        string run = await fleet.SubmitAsync("rounds", "agents.min=10", "agents.quorum=1", $"rounds.count={Rounds}", "training.steps=1");
        Assert.Equal(0, (await ServedFleet.WatchAsync(run)).Code);
        RunDetail over = await ServedFleet.ShowAsync(run);
        Assert.All(over.Rounds, round => Assert.Equal(Agents, round.Figures!.Accepted.Count));
        double seconds = (over.Summary.EndedAt - over.Summary.StartedAt)!.Value.TotalSeconds;
        Say(string.Create(
            CultureInfo.InvariantCulture,
            $"{Rounds} rounds of {Agents} agents that do not train, the embedded model's adapter of rank 8 (int8 up, "
                + $"fp16 down): {seconds / Rounds:0.000} s a round"));
    }

    private static async Task HelloAsync(Courier courier, string name)
    {
        MessageHeader header = new MessageStamp(NameBasedGuid.Create(Guid.Empty, name), TimeProvider.System).About(nameof(AgentHello), name);
        var hello = new AgentHello
        {
            Header = header,
            Installation = NameBasedGuid.Create(Guid.Empty, name),
            ReplyQueue = Queues.Agent(name),
            ContractMin = ContractVersion.Oldest,
            ContractMax = ContractVersion.Current,
            Build = "simulated",
            Platform = "simulated",
            Role = AgentRole.Trainer,
            Engines = [],
            Data = new DataSummary { Examples = 10, HeldOut = 5, Sha256 = new string('0', 64) },
            Bases = [new BaseModelRef { ModelId = "made", Sha256 = new string('0', 64) }],
        };
        await courier.SendAsync(Queues.Fleet, hello, header, timeToLive: null, Stop);
    }

    private static HttpClient Client(ServedFleet fleet) => new() { BaseAddress = fleet.Address };

    private static double At(double[] sorted, double fraction) => sorted[Math.Min(sorted.Length - 1, (int)(fraction * sorted.Length))];

    private static string Text(List<double> times) =>
        string.Create(CultureInfo.InvariantCulture, $"median {At([.. times.Order()], 0.5):0.00} (")
            + string.Join(", ", times.Select(time => time.ToString("0.00", CultureInfo.InvariantCulture)))
            + ")";

    private static void Say(string figures) => TestContext.Current.TestOutputHelper!.WriteLine(figures);
}
