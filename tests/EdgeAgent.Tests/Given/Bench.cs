using System.Runtime.CompilerServices;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Codecs;
using EdgeFlora.Cli.Tests.Commands.Train;
using EdgeFlora.Contracts.Results;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Learning.Devices;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.EdgeAgent.Tests.Given;

/// <summary>A bus in memory, a scripted coordinator, a data file and a state folder: what an agent needs to run.</summary>
internal sealed class Bench : IAsyncDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly List<(EdgeAgentService Agent, Task Run)> agents = [];

    private readonly LearningTask task;

    private Bench(MessageBus bus, LearningTask task)
    {
        Bus = bus;
        this.task = task;
        Coordinator = new ScriptedCoordinator(bus, folder.In("coordinator"));
        bool language = task == LearningTask.LanguageModel;
        Model = language ? BaseModel.Load(SmallLlama.Write(folder.In("model"))) : TinyModel.Load(folder.In("model"));
        File.WriteAllLines(folder.In("data.jsonl"), Enumerable.Range(0, 10).Select(i => language
            ? """{"prompt": "one two ", "completion": "three"}"""
            : $$"""{"text": "good", "label": "{{Offers.Labels[i % 2]}}"}"""));
        Reference = new AdapterReference(Offers.GlobalFor(task));
    }

    /// <summary>The adapter that offers speak of.</summary>
    public AdapterReference Reference { get; }

    public MessageBus Bus { get; }

    public ScriptedCoordinator Coordinator { get; }

    public BaseModel Model { get; }

    public string State => folder.In("state");

    /// <summary>Ten rows.</summary>
    public DataSetOptions Data => new()
    {
        Task = task == LearningTask.LanguageModel ? DataSetTask.LanguageModel : DataSetTask.Classification,
        Files = [folder.In("data.jsonl")],
    };

    public AgentOptions Options => new()
    {
        Name = Offers.Agent,
        Models = [ModelOptions.Of(folder.In("model"))],
        Data = [Data],
        StateFolder = State,
        Resilience = new ResilienceOptions
        {
            AnswerTimeout = TimeSpan.FromSeconds(0.2),
            FirstDelay = TimeSpan.FromMilliseconds(50),
            LongestDelay = TimeSpan.FromMilliseconds(200),
        },
    };

    public static async Task<Bench> StartAsync(LearningTask task = LearningTask.Classification)
    {
        var bench = new Bench(
            await BusFactory.StartAsync(new BrokerOptions(), TimeProvider.System, loggers: null, TestContext.Current.CancellationToken), task);
        await bench.Coordinator.ListenAsync();
        return bench;
    }

    public string WriteData(params string[] lines)
    {
        File.WriteAllLines(folder.In("own.jsonl"), lines);
        return folder.In("own.jsonl");
    }

    public TaskOffer Offer(
        int round = 1,
        int epoch = 1,
        long term = 1,
        TaskKind kind = TaskKind.Train,
        int steps = 20,
        string codec = "int8",
        long hardCapMs = 600_000) =>
        Offers.Offer(Offers.Broadcast(Coordinator.Blobs, task), Model.Sha256, round, epoch, term, kind, steps, codec, hardCapMs, task);

    /// <summary>The adapter that a result brought.</summary>
    /// <exception cref="AdapterFormatException">Its body is none.</exception>
    public LoraAdapter Decode(ResultReady result) =>
        AdapterPayload.Decode(Coordinator.Blobs.ReadAll(result.Claim!.Sha256), Reference.Shape, Reference);

    /// <summary>Starts an agent, which runs until the test ends.</summary>
    public EdgeAgentService Agent(IEngine engine, AgentOptions? options = null, TimeProvider? clock = null) =>
        Run(engine, options, CancellationToken.None, clock).Agent;

    public (EdgeAgentService Agent, Task Run) Run(
        IEngine engine, AgentOptions? options, CancellationToken stop, TimeProvider? clock = null, DeviceProfile? device = null)
    {
        var agent = new EdgeAgentService(Bus, options ?? Options, Model, engine, clock ?? TimeProvider.System, NullLoggerFactory.Instance, device);
        (EdgeAgentService, Task) running = (agent, agent.RunAsync(stop));
        agents.Add(running);
        return running;
    }

    /// <summary>Waits until the journal holds nothing: the last task has been settled.</summary>
    public async Task JournalEmptyAsync() => await UntilAsync(
        () => !Directory.EnumerateFiles(State, "task.json", SearchOption.AllDirectories).Any());

    public static Task UntilAsync(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "") =>
        LimitedWait.UntilAsync(condition, state: null, what);

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
