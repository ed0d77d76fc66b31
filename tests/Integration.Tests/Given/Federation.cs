using System.Runtime.CompilerServices;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Peft;
using EdgeFlora.Contracts.Events;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.Contracts.Tasks;
using EdgeFlora.Coordinator.Hosting;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.Coordinator.Privacy;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.EdgeAgent;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Training;
using EdgeFlora.Protocol.Rounds;
using EdgeFlora.Testing.InProcess;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Events;
using Microsoft.Extensions.Logging.Abstractions;

namespace EdgeFlora.Integration.Tests.Given;

/// <summary>
/// A coordinator, three trainers and an evaluator with the real engine. Over a broker each has a connection of its own; without one they share a
/// bus in memory.
/// </summary>
internal sealed class Federation : IAsyncDisposable
{
    public const int Trainers = 3;

    private readonly TemporaryFolder folder = new();
    private readonly string? url;
    private readonly List<MessageBus> buses = [];
    private readonly Dictionary<string, (EdgeAgentService Agent, Task Run, CancellationTokenSource Stop)> agents = new(StringComparer.Ordinal);
    private readonly List<RunEvent> events = [];

    private readonly LearningTask task;

    private Federation(string? url, LearningTask task)
    {
        this.url = url;
        this.task = task;
        bool language = task == LearningTask.LanguageModel;
        Model = language ? CountingTexts.Model(folder.In("model")) : RandomBert.Write(folder.In("model"));
        Func<string, int, int, string> writeData = language ? CountingTexts.WriteData : RandomBert.WriteData;
        for (int i = 1; i <= Trainers; i++)
        {
            writeData(folder.In($"trainer-{i}.jsonl"), 40 + (10 * i), i);
        }

        writeData(CentralFile, 60, 99);
    }

    /// <summary>What each trainer holds, in the order of their names.</summary>
    public IReadOnlyList<string> TrainerFiles => [.. Enumerable.Range(1, Trainers).Select(i => folder.In($"trainer-{i}.jsonl"))];

    /// <summary>What the evaluator measures on.</summary>
    public string CentralFile => folder.In("central.jsonl");

    public BaseModel Model { get; }

    /// <summary>Labels of agents that are started from now on, by name.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>> Labels { get; init; } =
        new Dictionary<string, IReadOnlyDictionary<string, string>>();

    /// <summary>Draws what is secret in private runs.</summary>
    internal SecretSource Secrets { get; set; } = CryptographicSource.Draw;

    /// <summary>Events seen so far, in their order.</summary>
    public IReadOnlyList<RunEvent> Events
    {
        get
        {
            lock (events)
            {
                return [.. events];
            }
        }
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <param name="url">The broker; null: in memory.</param>
    /// <param name="labels">Labels of agents, by name.</param>
    public static async Task<Federation> StartAsync(
        string? url, LearningTask task = LearningTask.Classification, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>? labels = null)
    {
        if (url is not null)
        {
            await FleetQueue.EmptyAsync(url, Stop);
        }

        var federation = new Federation(url, task) { Labels = labels ?? new Dictionary<string, IReadOnlyDictionary<string, string>>() };
        await RunEventSubscription.Connect(await federation.BusAsync(), federation.Seen).Ready.InTimeAsync();
        return federation;
    }

    /// <param name="name">Of the run; runs of one name and seed learn the same.</param>
    public CoordinatorOptions Options(string name, int rounds = 2) => new()
    {
        Name = name,
        BaseModelFolder = Model.Folder,
        Task = task,
        Labels = task == LearningTask.LanguageModel ? [] : RandomBert.Labels,
        OutputFolder = folder.In("out"),
        Lora = new LoraOptions
        {
            Rank = 4,
            Alpha = 8,
            TargetModules = task == LearningTask.LanguageModel ? CountingTexts.Targets : ["query", "value", "dense"],
        },
        Training = new TrainingOptions { Steps = 12, BatchSize = 8, MaxTokens = 12, LearningRate = 5e-3, CheckpointEverySteps = 3 },
        Rounds = new RoundOptions
        {
            Count = rounds,
            MinAgents = Trainers,
            Evaluators = 1,
            Quorum = 1,
            LeaseGrace = TimeSpan.FromSeconds(20),
            StartTimeout = TimeSpan.FromMinutes(2),
        },
        Store = new StoreOptions { StateFolder = folder.In("coordinator") },
    };

    /// <summary>The same without evaluators where agents keep parts of their models, of which there is then no whole one to measure.</summary>
    public static CoordinatorOptions Measurable(CoordinatorOptions options) =>
        PersonalParts.AreIn(options) ? options with { Rounds = options.Rounds with { Evaluators = 0 } } : options;

    public async Task<(CoordinatorService Coordinator, Task<RunOutcome> Run)> CoordinatorAsync(
        CoordinatorOptions options, TimeProvider? time = null, string? over = null)
    {
        SigningKeys.Give(options.Store);
        var coordinator = new CoordinatorService(await BusAsync(over), options, time ?? TimeProvider.System, NullLoggerFactory.Instance)
        {
            SecretSource = Secrets,
        };
        return (coordinator, coordinator.RunAsync(Stop));
    }

    public async Task AllAgentsAsync(AgentDrill? drillOfFirst = null)
    {
        for (int i = 1; i <= Trainers; i++)
        {
            await AgentAsync($"trainer-{i}", i == 1 ? drillOfFirst : null);
        }

        await AgentAsync("evaluator");
    }

    /// <summary>Starts an agent, or starts it again after it ended, on the state it left.</summary>
    public async Task<Task> AgentAsync(string name, AgentDrill? drill = null, string? stateFolder = null)
    {
        bool trains = name.StartsWith("trainer", StringComparison.Ordinal);
        var options = new AgentOptions
        {
            Name = name,
            Role = trains ? AgentRole.Trainer : AgentRole.Evaluator,
            Models = [ModelOptions.Of(Model.Folder)],
            Data =
            [
                new DataSetOptions
                {
                    Task = task == LearningTask.LanguageModel ? DataSetTask.LanguageModel : DataSetTask.Classification,
                    Files = trains ? [folder.In($"{name}.jsonl")] : [],
                    HeldOutFile = trains ? null : CentralFile,
                },
            ],
            Labels = Labels.GetValueOrDefault(name) ?? new Dictionary<string, string>(),
            StateFolder = stateFolder is null ? StateOf(name) : folder.In(stateFolder),
            Drill = drill ?? new AgentDrill(),
            Resilience = new ResilienceOptions
            {
                AnswerTimeout = TimeSpan.FromSeconds(0.2),
                FirstDelay = TimeSpan.FromSeconds(0.2),
                LongestDelay = TimeSpan.FromSeconds(2),
                TransferSilence = TimeSpan.FromSeconds(3),
            },
        };
        var agent = new EdgeAgentService(await BusAsync(), options, Model, new PortableEngine(), TimeProvider.System, NullLoggerFactory.Instance);
        var stop = new CancellationTokenSource();
        Task run = agent.RunAsync(stop.Token);
        agents[stateFolder ?? name] = (agent, run, stop);
        return run;
    }

    /// <summary>Stops an agent in good order: it says goodbye.</summary>
    public async Task StopAgentAsync(string name)
    {
        (_, Task run, CancellationTokenSource stop) = agents[name];
        await stop.CancelAsync();
        await run;
    }

    /// <summary>
    /// Loss on the central data of the adapter that a run has written, read back from its folder, on the base with all that the run has folded into
    /// it.
    /// </summary>
    public double LossOfWritten(RunOutcome outcome)
    {
        BaseModel model = outcome.BaseDeltaFile is { } delta ? Model.With(delta, outcome.BaseDeltaSha256!) : Model;
        LoraAdapter adapter = PeftFolder.Read(outcome.AdapterFolder!);
        IReadOnlyList<string> labels = PeftFolder.ReadLabels(outcome.AdapterFolder!)!;
        using IFineTuning measuring = new PortableEngine().Start(
            model, adapter, labels, [], new TrainingPlan { Steps = 1, BatchSize = 1, LearningRate = 1, MaxTokens = model.MaxTokens, Seed = 0 });
        return measuring.Evaluate(LabelledDataSet.Read(folder.In("central.jsonl"), labels: labels).Examples, Stop).Loss;
    }

    /// <summary>The state folder of an agent.</summary>
    public string StateOf(string agent) => folder.In($"state-{agent}");

    public EdgeAgentService Agent(string name) => agents[name].Agent;

    /// <summary>Waits for an event; one that never comes fails the test.</summary>
    public async Task<RunEvent> EventAsync(Func<RunEvent, bool> wanted, [CallerArgumentExpression(nameof(wanted))] string what = "")
    {
        await LimitedWait.UntilAsync(() => Events.Any(wanted), Describe, what);
        return Events.First(wanted);
    }

    public static async Task<T> UntilAsync<T>(Func<T?> find, [CallerArgumentExpression(nameof(find))] string what = "")
        where T : class
    {
        T? found = null;
        await LimitedWait.UntilAsync(() => (found = find()) is not null, state: null, what);
        return found!;
    }

    /// <summary>What the agents are at, and the last events, each in a few words.</summary>
    public string Describe() =>
        $"agents: {string.Join("; ", agents.Select(entry => $"{entry.Key} {entry.Value.Agent.State}"))}; last events: "
            + string.Join("; ", Events.TakeLast(20).Select(EventRecorder.Describe));

    public async ValueTask DisposeAsync()
    {
        foreach ((EdgeAgentService agent, Task run, CancellationTokenSource stop) in agents.Values)
        {
            await agent.DisposeAsync();
            await run.ContinueWith(_ => { }, TaskScheduler.Default);
            stop.Dispose();
        }

        foreach (MessageBus bus in buses)
        {
            await bus.StopAsync();
        }

        folder.Dispose();
    }

    private async Task<MessageBus> BusAsync(string? over = null)
    {
        if (url is null && buses.Count > 0)
        {
            return buses[0];
        }

        MessageBus bus = await BusFactory.StartAsync(
            new BrokerOptions { Url = over ?? url, Heartbeat = TimeSpan.FromSeconds(5) }, TimeProvider.System, loggers: null, Stop);
        buses.Add(bus);
        return bus;
    }

    private void Seen(RunEvent happened)
    {
        lock (events)
        {
            events.Add(happened);
        }
    }
}
