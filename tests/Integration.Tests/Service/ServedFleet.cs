using System.Text.Json;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.Tests;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given;
using EdgeFlora.Testing.InProcess;

namespace EdgeFlora.Integration.Tests.Service;

/// <summary>The service, two agents with the model that comes with EdgeFlora, and an operator at the command line.</summary>
internal sealed class ServedFleet : IAsyncDisposable
{
    /// <summary>Two rounds of two steps each.</summary>
    public const string Spec = """
        labels: [files, network]
        rounds: {count: 2}
        training: {steps: 2, batch: 2, maxTokens: 12, checkpointEvery: 1}
        """;

    private static readonly string[] Sentences =
    [
        "opens a file", "reads the folder", "copies a directory", "deletes the file", "names the folder", "opens a socket", "checks the host name",
        "closes the connection", "sends a packet", "resolves the address",
    ];

    private readonly TemporaryFolder folder = new();
    private readonly string broker;
    private readonly List<EdgeFloraProcess> agents = [];
    private EdgeFloraProcess? service;

    public ServedFleet(string broker)
    {
        this.broker = broker;
        System.Environment.SetEnvironmentVariable(ContextFile.Variable, folder.In("contexts.json"));
        string[] rows = [.. Sentences.Select((text, i) => JsonSerializer.Serialize(new { text, label = i < 5 ? "files" : "network" }))];
        File.WriteAllLines(folder.In("data.jsonl"), rows);
    }

    public EdgeFloraProcess Service => service ?? throw new InvalidOperationException("The service was not started.");

    /// <summary>The build that service and agents are started of from now on; null: this one.</summary>
    public string? Program { get; set; }

    /// <summary>Variables that service and agents get beside those that the tests have.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();

    /// <summary>Where the API is served.</summary>
    public Uri Address { get; private set; } = new("http://127.0.0.1/");

    public string In(string name) => folder.In(name);

    /// <summary>Starts the service, or starts it again on the state it left, and makes it the one that commands speak to.</summary>
    public async Task ServeAsync(params string[] options)
    {
        await FirstAsync();
        service = Start(["coordinator", "--dev", "--listen", "http://127.0.0.1:0", "--state", In("service"), .. options]);
        Address = new Uri((await service.LineAsync("serving at ")).Split(' ', ',')[2]);
        await OkAsync("context", "add", "here", Address.ToString());
    }

    /// <summary>Ends the service as <c>kill -9</c> does, and starts it again on the state it left.</summary>
    public async Task RestartAsync(params string[] options)
    {
        await Service.KillAsync();
        await Service.DisposeAsync();
        await ServeAsync(options);
    }

    /// <summary>
    /// Starts the service as it is run in earnest: over TLS, with tokens. Started again with its port, it goes on from the state it left.
    /// </summary>
    /// <returns>Its address.</returns>
    public async Task<Uri> ServeWithTokensAsync(int port = 0, params string[] options)
    {
        await FirstAsync();
        service = EdgeFloraProcess.Start(
            broker, ["coordinator", "--listen", FormattableString.Invariant($"https://127.0.0.1:{port}"), "--state", In("service"), .. options]);
        return new Uri((await service.LineAsync("serving at ")).Split(' ', ',')[2]);
    }

    /// <summary>The token that the service made at its first start.</summary>
    public string FirstToken() => File.ReadAllText(In("service/first-operator.token")).Trim();

    /// <summary>Starts agents of the running service, and waits until it has welcomed each of them: from then on it knows their names.</summary>
    public async Task AgentsAsync(params string[] names)
    {
        foreach ((string name, EdgeFloraProcess agent) in names.Select(name => (name, StartAgent(name))).ToArray())
        {
            await agent.LineAsync($"agent {name}: idle");
        }
    }

    /// <summary>Starts an agent and does not wait for it.</summary>
    public EdgeFloraProcess StartAgent(string name) => StartAgent(name, options: []);

    /// <inheritdoc cref="StartAgent(string)"/>
    public EdgeFloraProcess StartAgent(string name, params string[] options)
    {
        agents.Add(Start(
        [
            "agent", "--name", name, "--data", In("data.jsonl"), "--state", In($"agent-{name}"), "--no-measure", "--engine", "portable", .. options,
        ]));
        return agents[^1];
    }

    /// <summary>Runs <c>edgeflora</c> in this process; it must succeed.</summary>
    public static async Task<string> OkAsync(params string[] arguments)
    {
        (int code, string output, string error) = await CommandRunner.RunAsync(arguments);
        Assert.True(code == 0, $"{string.Join(' ', arguments)}: exit code {code}: {error}{output}");
        return output;
    }

    public string Write(string name, string text)
    {
        File.WriteAllText(In(name), text);
        return In(name);
    }

    /// <summary>Submits a run.</summary>
    /// <returns>Its id.</returns>
    public async Task<string> SubmitAsync(string name, params string[] settings)
    {
        string[] set = [.. settings.Append($"name={name}").SelectMany(setting => new[] { "--set", setting })];
        string output = await OkAsync(["runs", "submit", Write("spec.yaml", Spec), "--json", .. set]);
        return JsonSerializer.Deserialize<RunDetail>(output, ApiJson.Options)!.Summary.Id.ToString();
    }

    public static async Task<RunDetail> ShowAsync(string run) =>
        JsonSerializer.Deserialize<RunDetail>(await OkAsync("runs", "show", run, "--json"), ApiJson.Options)!;

    public static async Task<RunState> StateAsync(string run) => (await ShowAsync(run)).Summary.State;

    /// <summary>Follows a run to its end; one that does not end fails the test with what it waits for.</summary>
    /// <returns>The exit code that its end means, and what was said.</returns>
    public static async Task<(int Code, string Output, string Error)> WatchAsync(string run)
    {
        try
        {
            return await CommandRunner.RunAsync("runs", "watch", run).WaitAsync(LimitedWait.Limit, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            Assert.Fail($"The run has not ended:\n{await OkAsync("runs", "show", run)}\n{await OkAsync("agents", "ls")}");
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (EdgeFloraProcess agent in agents)
        {
            await agent.DisposeAsync();
        }

        if (service is not null)
        {
            await service.DisposeAsync();
        }

        System.Environment.SetEnvironmentVariable(ContextFile.Variable, null);
        folder.Dispose();
    }

    private EdgeFloraProcess Start(IEnumerable<string> arguments) => EdgeFloraProcess.StartProgram(Program, broker, arguments, Environment);

    private async Task FirstAsync()
    {
        if (service is null)
        {
            SigningKeys.Give(new StoreOptions { StateFolder = In("service") });
            await FleetQueue.EmptyAsync(broker, TestContext.Current.CancellationToken);
        }
    }
}
