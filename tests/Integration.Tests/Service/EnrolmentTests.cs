using System.Text.Json;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Tests;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Contracts.Presence;
using EdgeFlora.EdgeAgent.Credentials;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Stamps;

namespace EdgeFlora.Integration.Tests.Service;

/// <summary>
/// Three commands from a device to an agent at work, and what ends it: over TLS, with a broker that makes users, with the commands that people use.
/// </summary>
public sealed class EnrolmentTests(ManagedBroker managed) : IClassFixture<ManagedBroker>, IAsyncLifetime
{
    private readonly TemporaryFolder folder = new();
    private EdgeFloraProcess? service;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Broker => managed.Broker.Url("enrolment");

    public async ValueTask InitializeAsync()
    {
        Environment.SetEnvironmentVariable(ContextFile.Variable, folder.In("contexts.json"));
        string[] sentences =
        [
            "opens a file", "reads the folder", "copies a directory", "deletes the file", "opens a socket", "checks the host name",
            "sends a packet", "resolves the address",
        ];
        File.WriteAllLines(
            folder.In("data.jsonl"),
            sentences.Select((text, i) => JsonSerializer.Serialize(new { text, label = i < 4 ? "files" : "network" })));
        File.WriteAllText(folder.In("coordinator.yaml"), $$"""
            state: service
            api: {listen: 'https://127.0.0.1:0'}
            broker: {management: '{{managed.Broker.Management.OriginalString}}'}
            """);
        service = EdgeFloraProcess.Start(Broker, "coordinator", "--config", folder.In("coordinator.yaml"));
        string[] add = (await service.LineAsync("  edgeflora context add NAME ")).Trim().Split(' ');
        await ServedFleet.OkAsync(["context", "add", "here", .. add[4..]]);
    }

    public async ValueTask DisposeAsync()
    {
        Environment.SetEnvironmentVariable(ContextFile.Variable, null);
        await (service?.DisposeAsync() ?? ValueTask.CompletedTask);
        folder.Dispose();
    }

    [Fact]
    public async Task Three_commands_make_an_agent_that_trains_and_revoking_it_ends_it()
    {
        string[] enroll = await TokenAsync("--labels", "site=a");
        string said = await ServedFleet.OkAsync([.. enroll, "--name", "pump-1", "--state", folder.In("pump-1")]);
        await using EdgeFloraProcess agent = Agent("pump-1");
        await agent.LineAsync("agent pump-1: idle");
        File.WriteAllText(folder.In("spec.yaml"), ServedFleet.Spec + "\nagents: {min: 1, selector: site=a}\n");
        RunDetail run = JsonSerializer.Deserialize<RunDetail>(
            await ServedFleet.OkAsync("runs", "submit", folder.In("spec.yaml"), "--json"), ApiJson.Options)!;
        (int code, string output, string error) = await ServedFleet.WatchAsync(run.Summary.Id.ToString());

        Assert.StartsWith("enrolled as pump-1, labels site=a; ", said, StringComparison.Ordinal);
        Assert.True(code == 0, output + error);
        AgentDetail shown = await ShowAsync("pump-1");
        Assert.Equal(("edgeflora-agent-pump-1", 0L, "a"), (shown.BrokerUser, shown.ForgedMessages, shown.Summary.Labels["site"]));
        string password = File.ReadAllText(StoredEnrolment.PasswordFileIn(folder.In("pump-1"))).Trim();
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(StoredEnrolment.PasswordFileIn(folder.In("pump-1"))));
        }

        Assert.DoesNotContain(
            Directory.EnumerateFiles(folder.In("service"), "*", SearchOption.AllDirectories)
                .Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)),
            file => Holds(file, password));

        await ServedFleet.OkAsync("agents", "revoke", "pump-1", "--reason", "stolen");

        Assert.Equal(2, await agent.EndAsync());
        Assert.Contains(
            agent.Lines,
            line => line.Contains("revoked", StringComparison.Ordinal) && line.Contains(
                "edgeflora agent enroll URL --token TOKEN --name pump-1", StringComparison.Ordinal));
        await using EdgeFloraProcess again = Agent("pump-1");
        Assert.Equal(2, await again.EndAsync());
        Assert.Contains(
            again.Lines,
            line => line.Contains(
                "The agent may have been revoked, or its user not been made at the broker yet. Enrol it", StringComparison.Ordinal));
        Assert.Equal(AgentStanding.Revoked, (await ShowAsync("pump-1")).Summary.Standing);

        await ServedFleet.OkAsync([.. await TokenAsync(), "--name", "pump-1", "--state", folder.In("pump-1")]);
        await using EdgeFloraProcess back = Agent("pump-1");
        await back.LineAsync("agent pump-1: idle");
    }

    [Fact]
    public async Task Tokens_that_do_not_count_and_names_that_are_taken_are_refused_in_a_sentence()
    {
        string[] enroll = await TokenAsync();
        await ServedFleet.OkAsync([.. enroll, "--name", "first", "--state", folder.In("first")]);
        Assert.Equal(AgentPresence.NeverSeen, (await ShowAsync("first")).Summary.Presence);

        string again = await RefusalAsync([.. enroll, "--name", "second", "--state", folder.In("second")]);
        string wrong = await RefusalAsync([.. enroll[..4], "efa_AAAA", .. enroll[5..], "--name", "third", "--state", folder.In("third")]);
        string taken = await RefusalAsync([.. await TokenAsync(), "--name", "first", "--state", folder.In("other")]);
        string unpinned = await RefusalAsync([.. enroll[..5], "--name", "fourth", "--state", folder.In("fourth")]);
        string stranger = await RefusalAsync(
            [.. enroll[..5], "--fingerprint", "sha256:" + new string('0', 64), "--name", "fourth", "--state", folder.In("fourth")]);

        const string Sentence = "edgeflora agent enroll: this agent token does not count: it is wrong, used up or expired; "
            + "ask an operator for another: edgeflora tokens create --agent\n";
        Assert.Equal((Sentence, Sentence), (again, wrong));
        Assert.Contains(
            "an agent named 'first' is enrolled already; choose another name, or for another password of that agent: edgeflora agents rotate first",
            taken,
            StringComparison.Ordinal);
        Assert.Contains("pin it with the fingerprint that the service prints: --fingerprint", unpinned, StringComparison.Ordinal);
        Assert.Contains("shows another certificate than the one that was pinned; ask an operator", stranger, StringComparison.Ordinal);
        // The token that met a taken name was given back.
        Assert.Contains(
            JsonSerializer.Deserialize<AgentTokenSummary[]>(await ServedFleet.OkAsync("tokens", "ls", "--agent", "--json"), ApiJson.Options)!,
            token => token.UsesLeft == 1);

        string before = File.ReadAllText(StoredEnrolment.PasswordFileIn(folder.In("first")));
        await ServedFleet.OkAsync(
            [.. (await ServedFleet.OkAsync("agents", "rotate", "first")).Trim().Split(' ')[1..], "--state", folder.In("first")]);
        Assert.NotEqual(before, File.ReadAllText(StoredEnrolment.PasswordFileIn(folder.In("first"))));
        await using EdgeFloraProcess agent = Agent("first");
        await agent.LineAsync("agent first: idle");
    }

    [Fact]
    public async Task An_agent_that_belongs_to_no_fleet_is_told_the_command_that_enrols_it()
    {
        await using EdgeFloraProcess guest = EdgeFloraProcess.Start(Broker, AgentArguments("stray"));
        Assert.Equal(2, await guest.EndAsync());
        await using EdgeFloraProcess stranger = EdgeFloraProcess.Start(
            Broker.Replace("guest:guest", "nobody:guest", StringComparison.Ordinal), AgentArguments("stray"));
        Assert.Equal(2, await stranger.EndAsync());

        Assert.Contains(
            guest.Lines,
            line => line.Contains("belongs to no fleet", StringComparison.Ordinal) && line.Contains(
                "edgeflora agent enroll URL --token TOKEN --name stray", StringComparison.Ordinal));
        Assert.Contains(stranger.Lines, line => line.Contains("This agent is not enrolled. Enrol it", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_is_said_in_another_agents_name_is_dropped_and_counted()
    {
        foreach (string name in (string[])["honest", "forger"])
        {
            await ServedFleet.OkAsync([.. await TokenAsync(), "--name", name, "--state", folder.In(name)]);
        }

        await using EdgeFloraProcess agent = Agent("honest");
        await agent.LineAsync("agent honest: idle");
        StoredEnrolment stolen = StoredEnrolment.Read(folder.In("forger"))!;
        MessageBus bus = await BusFactory.StartAsync(
            new BrokerOptions { Url = stolen.Broker, PasswordFile = StoredEnrolment.PasswordFileIn(folder.In("forger")) },
            TimeProvider.System,
            null,
            Stop);
        var courier = new Courier(
            bus, TimeProvider.System, TimeSpan.FromSeconds(30), new SendingUser(AgentUser.Of("forger"), Queues.AgentUp("forger")));
        MessageHeader header = new MessageStamp(Guid.NewGuid(), TimeProvider.System).About(nameof(AgentBye), "honest");

        await courier.SendAsync(Queues.Fleet, new AgentBye { Header = header, Reason = "so long" }, header, timeToLive: null, Stop);

        while ((await ShowAsync("honest")).ForgedMessages == 0)
        {
            await Task.Yield();
        }

        Assert.Equal(AgentPresence.Online, (await ShowAsync("honest")).Summary.Presence);
        Assert.Contains("1 messages in its name were not its own", await ServedFleet.OkAsync("agents", "show", "honest"), StringComparison.Ordinal);
        await bus.StopAsync(Stop);
    }

    private static async Task<AgentDetail> ShowAsync(string agent) =>
        JsonSerializer.Deserialize<AgentDetail>(await ServedFleet.OkAsync("agents", "show", agent, "--json"), ApiJson.Options)!;

    /// <summary>The command that a new token comes as, without the program's name: agent enroll URL --token SECRET --fingerprint …</summary>
    private static async Task<string[]> TokenAsync(params string[] options) =>
        (await ServedFleet.OkAsync(["tokens", "create", "--agent", .. options])).Trim().Split(' ')[1..];

    private static async Task<string> RefusalAsync(string[] arguments)
    {
        (int code, _, string error) = await CommandRunner.RunAsync(arguments);
        Assert.True(code is ExitCode.BadInput or ExitCode.Unreachable, $"exit code {code}: {error}");
        return error;
    }

    private static bool Holds(string file, string text)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
        return reader.ReadToEnd().Contains(text, StringComparison.Ordinal);
    }

    /// <summary>With what its enrolment left, and no word of a broker.</summary>
    private EdgeFloraProcess Agent(string name) => EdgeFloraProcess.Start(null, AgentArguments(name));

    private string[] AgentArguments(string name) =>
        ["agent", "run", "--name", name, "--state", folder.In(name), "--data", folder.In("data.jsonl"), "--no-measure", "--engine", "portable"];
}
