using EdgeFlora.Contracts.Presence;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Output;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Learning.Models;
using EdgeFlora.Testing.Content;
using EdgeFlora.Testing.Platforms;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Testing.InProcess;

/// <summary>Coordinator and agents as tasks of this process, on one bus in memory or with a connection each to a broker.</summary>
internal sealed class InProcessPlatform : IPlatform
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("edgeflora-federation-");
    private readonly MemberConnectionFactory connections;
    private readonly RunSetup run;
    private readonly BaseModel model;
    private readonly InProcessCoordinator coordinator;
    private readonly List<InProcessAgent> agents = [];
    private readonly TaskCompletionSource trouble = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private InProcessPlatform(MemberConnectionFactory connections, string? url, RunSetup run)
    {
        this.connections = connections;
        BrokerUrl = url;
        this.run = run;
        model = run.Model is { } given ? BaseModel.Load(given) : SmallModel.Write(In("model"), MadeUpTexts.Words);
        coordinator = new InProcessCoordinator(connections, Options());
    }

    public MessageBus Bus => connections.Own;

    public string? BrokerUrl { get; }

    public string? ModelFolder => model.Folder;

    public IMember Coordinator => coordinator;

    public Task Trouble => trouble.Task;

    /// <param name="url">The broker; null: in memory.</param>
    /// <param name="limit">Longest that a connection is waited for.</param>
    /// <exception cref="BrokerUnreachableException">The broker can't be reached; the message says why.</exception>
    public static async Task<InProcessPlatform> StartAsync(string? url, TimeSpan limit, RunSetup run, CancellationToken stop)
    {
        MemberConnectionFactory connections = await MemberConnectionFactory.OpenAsync(url, limit, stop);
        try
        {
            if (url is not null)
            {
                await FleetQueue.EmptyAsync(url, stop);
            }

            return new InProcessPlatform(connections, url, run);
        }
        catch
        {
            await connections.DisposeAsync();
            throw;
        }
    }

    public string? WhyNot(FaultKind kind) => kind switch
    {
        FaultKind.Pause => "a task of this process can't be paused; take Brokers.Container",
        FaultKind.Cut when BrokerUrl is null => "in memory there is no network to cut; take Brokers.At(url) or Brokers.Container",
        _ => null,
    };

    public IMember Agent(AgentSetup setup)
    {
        if (setup.Image is not null || setup.Arguments.Count > 0)
        {
            throw new ArgumentException($"{setup.Name} has an image or arguments, which an agent in containers has; take Brokers.Container.");
        }

        string data = setup.DataFile ?? In($"{setup.Name}.jsonl");
        if (setup.DataFile is null)
        {
            File.WriteAllText(data, MadeUpTexts.Of(setup.Name));
        }

        var options = new AgentOptions
        {
            Name = setup.Name,
            Role = AgentRole.Trainer,
            Models = [ModelOptions.Of(model.Folder)],
            Data = [new DataSetOptions { Files = [data] }],
            StateFolder = In(setup.Name),
            Drill = new AgentDrill { SlowRound = setup.SlowRound, SlowFactor = setup.SlowFactor },
            Resilience = new ResilienceOptions
            {
                AnswerTimeout = TimeSpan.FromSeconds(0.3),
                FirstDelay = TimeSpan.FromSeconds(0.2),
                LongestDelay = TimeSpan.FromSeconds(2),
                TransferSilence = TimeSpan.FromSeconds(3),
            },
        };
        var agent = new InProcessAgent(connections, options, model, reason => trouble.TrySetException(reason));
        agents.Add(agent);
        return agent;
    }

    public async Task<string> OutputAsync(CancellationToken stop)
    {
        RunOutcome outcome = await coordinator.End.WaitAsync(stop);
        return outcome.Status is RunStatus.Completed or RunStatus.Incomplete
            ? In("output")
            : throw new FederationFailedException($"The run is {outcome.Status}: {outcome.Failure ?? outcome.Note}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (InProcessAgent agent in agents)
        {
            await agent.DisposeAsync();
        }

        await coordinator.DisposeAsync();
        await connections.DisposeAsync();
        folder.Delete(recursive: true);
    }

    private CoordinatorOptions Options() => new()
    {
        Name = "federation",
        Seed = run.Seed,
        BaseModelFolder = model.Folder,
        Labels = run.Labels,
        OutputFolder = In("output"),
        Lora = new LoraOptions { Rank = 4, Alpha = 8, TargetModules = run.Model is null ? SmallModel.Targets : null },
        Training = new TrainingOptions
        {
            Steps = run.Steps,
            BatchSize = run.Batch,
            MaxTokens = Math.Min(run.MaxTokens, model.MaxTokens),
            LearningRate = 5e-3,
            CheckpointEverySteps = run.CheckpointEvery,
        },
        Rounds = new RoundOptions
        {
            Count = run.Rounds,
            MinAgents = run.Agents,
            Quorum = run.Quorum,
            StragglerGrace = run.StragglerGrace,
            LeaseGrace = run.LeaseGrace,
            SoftDeadline = run.SoftDeadline,
            HardDeadline = run.HardDeadline,
            StartTimeout = run.StartTimeout,
        },
        Store = new StoreOptions { StateFolder = In("coordinator") },
    };

    private string In(string name) => Path.Combine(folder.FullName, name);
}
