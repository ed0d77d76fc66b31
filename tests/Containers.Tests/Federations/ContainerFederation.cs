using System.Text;
using Docker.DotNet;
using DotNet.Testcontainers.Builders;
using DotNet.Testcontainers.Networks;
using EdgeFlora.Containers.Tests.Engines;
using Microsoft.Extensions.Logging.Abstractions;
using Testcontainers.RabbitMq;

namespace EdgeFlora.Containers.Tests.Federations;

/// <summary>A broker, a coordinator and agents in containers of our own images, on a network of their own.</summary>
internal sealed class ContainerFederation : IAsyncDisposable
{
    private const string User = "edgeflora";
    private const string Password = "of-a-test";
    private const string BrokerHost = "rabbitmq";

    /// <summary>On a busy machine a broker that has just started answers late.</summary>
    private static readonly string[] PatientWithBroker = ["--broker-timeout", "60"];

    private readonly DockerClient engine;
    private readonly INetwork network;
    private readonly List<ProgramContainer> programs = [];
    private readonly Dictionary<string, ProgramContainer> agents = new(StringComparer.Ordinal);

    private ContainerFederation(DockerClient engine, INetwork network, ProgramContainer broker)
    {
        (this.engine, this.network, Broker) = (engine, network, broker);
    }

    public ProgramContainer Broker { get; }

    /// <summary>A network with a broker that answers; skips the calling test where there is no engine.</summary>
    public static async Task<ContainerFederation> StartAsync(CancellationToken stop)
    {
        await ContainerEngine.RequireAsync();
        Images.RequireOwn();
        DockerClient engine = ContainerEngine.Client();
        INetwork network = new NetworkBuilder().WithLogger(NullLogger.Instance).Build();
        await network.CreateAsync(stop);
        RabbitMqContainer broker = new RabbitMqBuilder(Images.RabbitMq)
            .WithLogger(NullLogger.Instance)
            .WithUsername(User)
            .WithPassword(Password)
            .WithNetwork(network)
            .WithNetworkAliases(BrokerHost)
            .Build();
        await broker.StartAsync(stop);
        return new ContainerFederation(engine, network, new ProgramContainer(engine, broker, network));
    }

    /// <summary>A coordinator with a run.</summary>
    /// <param name="arguments">As <see cref="ContainerRun.Patient"/> gives them.</param>
    public async Task<ContainerRun> RunAsync(IEnumerable<string> arguments, CancellationToken stop) => new(await ProgramAsync(
        Images.Coordinator,
        [.. arguments, .. PatientWithBroker],
        Password,
        ContainerRun.LabelFile,
        string.Join('\n', MadeUpTexts.Labels) + "\n",
        stop));

    /// <summary>An agent that was started.</summary>
    public ProgramContainer Agent(string name) => agents[name];

    /// <summary>An agent with texts of its own.</summary>
    public async Task<ProgramContainer> AgentAsync(
        string name, CancellationToken stop, string? image = null, string password = Password, params IReadOnlyList<string> more)
    {
        string[] arguments = ["--name", name, "--data", "/data/private.jsonl", "--state", "/state", "--no-measure", .. PatientWithBroker, .. more];
        agents[name] = await ProgramAsync(image ?? Images.Agent, arguments, password, "/data/private.jsonl", MadeUpTexts.Of(name), stop);
        return agents[name];
    }

    /// <summary>Agents <c>agent-1</c> and so on.</summary>
    /// <returns>The last of them, which takes so long over round 1 that something can happen to it in the middle.</returns>
    public async Task<ProgramContainer> AgentsAsync(int count, CancellationToken stop)
    {
        for (int number = 1; number < count; number++)
        {
            await AgentAsync($"agent-{number}", stop);
        }

        return await AgentAsync($"agent-{count}", stop, more: ["--drill", "slow:1:30"]);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (ProgramContainer program in programs)
        {
            // Shown where the test failed: what the others did then tells most.
            TestContext.Current.TestOutputHelper?.WriteLine(await program.LogAsync());
            await program.DisposeAsync();
        }

        await Broker.DisposeAsync();
        await network.DisposeAsync();
        engine.Dispose();
    }

    private async Task<ProgramContainer> ProgramAsync(
        string image, string[] arguments, string password, string file, string content, CancellationToken stop)
    {
        var program = new ProgramContainer(
            engine,
            new ContainerBuilder(image)
                .WithLogger(NullLogger.Instance)
                .WithCommand(arguments)
                .WithEnvironment("EDGEFLORA_BROKER", $"amqp://{User}:{password}@{BrokerHost}:5672/")
                .WithResourceMapping(Encoding.UTF8.GetBytes(content), file)
                .WithNetwork(network)
                .Build(),
            network);
        programs.Add(program);
        await program.StartAsync(stop);
        return program;
    }
}
