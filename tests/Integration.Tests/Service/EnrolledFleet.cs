using System.Text.Json;
using EdgeFlora.Cli.Client;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Options;
using EdgeFlora.Coordinator.Tests.Given;

namespace EdgeFlora.Integration.Tests.Service;

/// <summary>
/// A service over TLS that enrols agents at a broker whose users it makes, and agents that have of that broker what their enrolment left, all by the
/// commands that people use.
/// </summary>
internal sealed class EnrolledFleet : IAsyncDisposable
{
    private static readonly string[] Sentences =
    [
        "opens a file", "reads the folder", "copies a directory", "deletes the file", "opens a socket", "checks the host name", "sends a packet",
        "resolves the address",
    ];

    private readonly TemporaryFolder folder = new();
    private readonly List<EdgeFloraProcess> agents = [];
    private EdgeFloraProcess? service;

    private EnrolledFleet()
    {
        Environment.SetEnvironmentVariable(ContextFile.Variable, folder.In("contexts.json"));
        File.WriteAllLines(
            folder.In("data.jsonl"),
            Sentences.Select((text, i) => JsonSerializer.Serialize(new { text, label = i < 4 ? "files" : "network" })));
        File.WriteAllText(folder.In("spec.yaml"), ServedFleet.Spec + "\nagents: {min: 1}\n");
    }

    public EdgeFloraProcess Service => service ?? throw new InvalidOperationException("The service was not started.");

    /// <param name="broker">As the service reaches it.</param>
    /// <param name="settings">Lines of the service's <c>broker</c> section.</param>
    public static async Task<EnrolledFleet> StartAsync(string broker, params string[] settings)
    {
        var fleet = new EnrolledFleet();
        File.WriteAllText(
            fleet.In("coordinator.yaml"),
            $"state: service\napi: {{listen: 'https://127.0.0.1:0'}}\nbroker:\n{string.Concat(settings.Select(line => $"  {line}\n"))}");
        SigningKeys.Give(new StoreOptions { StateFolder = fleet.In("service") });
        fleet.service = EdgeFloraProcess.Start(broker, "coordinator", "--config", fleet.In("coordinator.yaml"));
        string[] add = (await fleet.service.LineAsync("  edgeflora context add NAME ")).Trim().Split(' ');
        await ServedFleet.OkAsync(["context", "add", "here", .. add[4..]]);
        return fleet;
    }

    public string In(string name) => folder.In(name);

    /// <summary>The command that a new token comes as, without the program's name: agent enroll URL --token SECRET --fingerprint …</summary>
    public static async Task<string[]> TokenAsync(params string[] options) =>
        (await ServedFleet.OkAsync(["tokens", "create", "--agent", .. options])).Trim().Split(' ')[1..];

    public async Task<string> EnrolAsync(string name, params string[] options) =>
        await ServedFleet.OkAsync([.. await TokenAsync(), "--name", name, "--state", In(name), .. options]);

    public static async Task<AgentDetail> ShowAsync(string agent) =>
        JsonSerializer.Deserialize<AgentDetail>(await ServedFleet.OkAsync("agents", "show", agent, "--json"), ApiJson.Options)!;

    /// <summary>Arguments of an agent with what its enrolment left, and no word of a broker.</summary>
    public string[] AgentArguments(string name) =>
        ["agent", "run", "--name", name, "--state", In(name), "--data", In("data.jsonl"), "--no-measure", "--engine", "portable"];

    /// <summary>Starts an agent; it ends with this fleet at the latest.</summary>
    public EdgeFloraProcess Agent(string name, params string[] options)
    {
        agents.Add(EdgeFloraProcess.Start(null, [.. AgentArguments(name), .. options]));
        return agents[^1];
    }

    /// <summary>Submits a run of two rounds and follows it to its end, which must be a good one.</summary>
    public async Task TrainAsync(params string[] options)
    {
        RunDetail run = JsonSerializer.Deserialize<RunDetail>(
            await ServedFleet.OkAsync(["runs", "submit", In("spec.yaml"), "--json", .. options]), ApiJson.Options)!;
        (int code, string output, string error) = await ServedFleet.WatchAsync(run.Summary.Id.ToString());
        Assert.True(code == 0, output + error);
    }

    public async ValueTask DisposeAsync()
    {
        Environment.SetEnvironmentVariable(ContextFile.Variable, null);
        foreach (EdgeFloraProcess agent in agents)
        {
            await agent.DisposeAsync();
        }

        await (service?.DisposeAsync() ?? ValueTask.CompletedTask);
        folder.Dispose();
    }
}
