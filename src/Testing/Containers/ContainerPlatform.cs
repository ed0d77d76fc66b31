using System.Globalization;
using System.Text;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Networks;
using EdgeFlora.Testing.Network;
using EdgeFlora.Testing.Platforms;
using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Logging.Abstractions;
using Testcontainers.RabbitMq;

namespace EdgeFlora.Testing.Containers;

/// <summary>A broker, a coordinator and agents in containers, on a network of their own.</summary>
internal sealed class ContainerPlatform : IPlatform
{
    private const string User = "edgeflora";
    private const string Password = "of-a-test";
    private const string BrokerHost = "rabbitmq";
    private const string LabelFile = "/data/labels.txt";
    private const int BrokerPort = 5672;

    /// <summary>What a finished adapter consists of.</summary>
    private static readonly string[] Output = ["ledger.json", "adapter/adapter_config.json", "adapter/adapter_model.safetensors"];

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("edgeflora-federation-");
    private readonly INetwork network;
    private readonly CoordinatorContainer coordinator;
    private readonly ContainerMember leading;
    private readonly List<ProgramContainer> agents = [];
    private readonly TaskCompletionSource trouble = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ContainerPlatform(INetwork network, ProgramContainer broker, string url, MessageBus bus, RunSetup run)
    {
        this.network = network;
        Broker = broker;
        BrokerUrl = url;
        Bus = bus;
        coordinator = new CoordinatorContainer(Settings() with
        {
            Arguments = Arguments(run),
            Files = new Dictionary<string, byte[]> { [LabelFile] = Encoding.UTF8.GetBytes(string.Join('\n', run.Labels) + "\n") },
        });
        leading = new ContainerMember(coordinator, coordinator.ReadyAsync);
    }

    public ProgramContainer Broker { get; }

    public string? BrokerUrl { get; }

    public string? ModelFolder => null;

    public MessageBus Bus { get; }

    public IMember Coordinator => leading;

    /// <summary>An agent that ends shows in its log; the run's limits are for it.</summary>
    public Task Trouble => trouble.Task;

    /// <summary>A network with a broker that answers, here as well as there.</summary>
    /// <exception cref="ContainersUnavailableException">There is no engine, or no image of the broker.</exception>
    public static async Task<ContainerPlatform> StartAsync(RunSetup run, CancellationToken stop)
    {
        await ContainerEngine.RequireAsync();
        if (run.Model is not null)
        {
            throw new ArgumentException("In containers the base model is that of the images; take Brokers.InMemory or Brokers.At(url) for another.");
        }

        INetwork network = new NetworkBuilder().WithLogger(NullLogger.Instance).Build();
        await network.CreateAsync(stop);

        // A port of our choice stays the broker's when it is killed and started again; one that the engine chooses does not.
        int port = FreePorts.Take(1)[0];
        RabbitMqContainer rabbit = new RabbitMqBuilder(Images.RabbitMq)
            .WithLogger(NullLogger.Instance)
            .WithUsername(User)
            .WithPassword(Password)
            .WithNetwork(network)
            .WithNetworkAliases(BrokerHost)
            .WithPortBinding(port, BrokerPort)
            .Build();
        var broker = new ProgramContainer(rabbit, network);
        try
        {
            await broker.StartAsync(stop);
            string url = string.Create(CultureInfo.InvariantCulture, $"amqp://{User}:{Password}@{rabbit.Hostname}:{port}/");
            var here = new BrokerOptions { Url = url, ConnectTimeout = TimeSpan.FromSeconds(60) };
            return new ContainerPlatform(network, broker, url, await BusFactory.StartAsync(here, TimeProvider.System, loggers: null, stop), run);
        }
        catch
        {
            await broker.DisposeAsync();
            await network.DisposeAsync();
            throw;
        }
    }

    public string? WhyNot(FaultKind kind) => null;

    public IMember Agent(AgentSetup setup)
    {
        string[] slow = setup.SlowRound == 0
            ? []
            : ["--drill", string.Create(CultureInfo.InvariantCulture, $"slow:{setup.SlowRound}:{setup.SlowFactor:0}")];
        return Agent(setup.Name, Settings() with
        {
            Image = setup.Image,
            Arguments = [.. slow, .. setup.Arguments],
            Files = setup.DataFile is { } data
                ? new Dictionary<string, byte[]>(setup.Files) { [AgentContainer.DataFile] = File.ReadAllBytes(data) }
                : setup.Files,
            Mounts = setup.Mounts,
        });
    }

    /// <summary>An agent that is in no run's way: for what it says.</summary>
    public ContainerMember Agent(string name, ContainerSettings settings)
    {
        var agent = new AgentContainer(name, settings);
        agents.Add(agent);
        return new ContainerMember(agent);
    }

    /// <summary>Where an agent of this federation lives.</summary>
    public ContainerSettings Settings(string password = Password) =>
        new() { Network = network, Broker = $"amqp://{User}:{password}@{BrokerHost}:{BrokerPort}/" };

    public async Task<string> OutputAsync(CancellationToken stop)
    {
        long code = await leading.EndAsync(stop);
        if (code is not (0 or 3))
        {
            throw new FederationFailedException($"The coordinator ended with exit code {code}:\n{await coordinator.LogAsync()}");
        }

        foreach (string name in Output)
        {
            string file = Path.Combine(folder.FullName, name);
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            await File.WriteAllBytesAsync(file, await coordinator.ReadAsync(name, stop), stop);
        }

        return folder.FullName;
    }

    public async ValueTask DisposeAsync()
    {
        await BusFactory.StopAsync(Bus);
        foreach (ProgramContainer agent in agents)
        {
            await agent.DisposeAsync();
        }

        await coordinator.DisposeAsync();
        await Broker.DisposeAsync();
        await network.DisposeAsync();
        folder.Delete(recursive: true);
    }

    private static string[] Arguments(RunSetup run) =>
    [
        "--labels", LabelFile,
        "--rounds", Text(run.Rounds),
        "--min-agents", Text(run.Agents),
        "--steps", Text(run.Steps), "--batch", Text(run.Batch), "--max-tokens", Text(run.MaxTokens), "--checkpoint-every", Text(run.CheckpointEvery),
        "--seed", Text(run.Seed),
        "--quorum", Text(run.Quorum),
        "--lease-grace", Seconds(run.LeaseGrace),
        "--straggler-grace", Seconds(run.StragglerGrace),
        "--start-timeout", Seconds(run.StartTimeout),
        "--soft-deadline", Seconds(run.SoftDeadline),
        "--hard-deadline", Seconds(run.HardDeadline),
    ];

    private static string Seconds(TimeSpan time) => Text(time.TotalSeconds);

    private static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
