using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Learning.Devices;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;
using EdgeFlora.Transport.Buses;
using MassTransit;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.EdgeAgent.Tests.Given;

/// <summary>A bus in memory, a scripted coordinator, a data file and a state folder: what an agent needs to run.</summary>
internal sealed class Bench : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly List<(EdgeAgentService Agent, Task Run)> agents = [];

    private Bench(IBusControl bus)
    {
        Bus = bus;
        Coordinator = new ScriptedCoordinator(bus, folder.In("coordinator"));
        Model = TinyModel.Load(folder.In("model"));
        File.WriteAllLines(folder.In("data.jsonl"), Enumerable.Range(0, 10).Select(i => $$"""{"text": "good", "label": "{{Offers.Labels[i % 2]}}"}"""));
    }

    public IBusControl Bus { get; }

    public ScriptedCoordinator Coordinator { get; }

    public BaseModel Model { get; }

    public string State => folder.In("state");

    public AgentOptions Options => new()
    {
        Name = Offers.Agent,
        ModelFolder = folder.In("model"),
        DataFile = folder.In("data.jsonl"),
        StateFolder = State,
        Resilience = new ResilienceOptions
        {
            AnswerTimeout = TimeSpan.FromSeconds(0.2),
            FirstDelay = TimeSpan.FromMilliseconds(50),
            LongestDelay = TimeSpan.FromMilliseconds(200),
        },
    };

    public static async Task<Bench> StartAsync()
    {
        var bench = new Bench(await BusFactory.StartAsync(new BrokerOptions(), TimeProvider.System, loggers: null, TestContext.Current.CancellationToken));
        await bench.Coordinator.ListenAsync();
        return bench;
    }

    public string WriteData(params string[] lines)
    {
        File.WriteAllLines(folder.In("own.jsonl"), lines);
        return folder.In("own.jsonl");
    }

    public TaskOffer Offer(int round = 1, int epoch = 1, long term = 1, TaskKind kind = TaskKind.Train, int steps = 20, string codec = "int8", long hardCapMs = 600_000) =>
        Offers.Offer(Offers.Broadcast(Coordinator.Blobs), Model.Sha256, round, epoch, term, kind, steps, codec, hardCapMs);

    /// <summary>Starts an agent, which runs until the test ends.</summary>
    public EdgeAgentService Agent(IEngine engine, AgentOptions? options = null, TimeProvider? clock = null) => Run(engine, options, CancellationToken.None, clock).Agent;

    public (EdgeAgentService Agent, Task Run) Run(IEngine engine, AgentOptions? options, CancellationToken stop, TimeProvider? clock = null, DeviceProfile? device = null)
    {
        var agent = new EdgeAgentService(Bus, options ?? Options, Model, engine, clock ?? TimeProvider.System, NullLoggerFactory.Instance, device);
        (EdgeAgentService, Task) running = (agent, agent.RunAsync(stop));
        agents.Add(running);
        return running;
    }

    /// <summary>Waits until the journal holds nothing: the last task has been settled.</summary>
    public async Task JournalEmptyAsync() => await UntilAsync(() => !Directory.EnumerateFiles(State, "task.json", SearchOption.AllDirectories).Any());

    public static async Task UntilAsync(Func<bool> condition)
    {
        while (!condition())
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach ((EdgeAgentService agent, Task run) in agents)
        {
            await agent.DisposeAsync();
            await run.ContinueWith(_ => { }, TaskScheduler.Default);
        }

        await Bus.StopAsync();
        folder.Dispose();
    }
}
