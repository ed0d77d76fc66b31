using System.Text.Json;
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
    private EnrolledFleet fleet = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Broker => managed.Broker.Url("enrolment");

    public async ValueTask InitializeAsync() =>
        fleet = await EnrolledFleet.StartAsync(Broker, $"management: '{managed.Broker.Management.OriginalString}'");

    public ValueTask DisposeAsync() => fleet.DisposeAsync();

    [Fact]
    public async Task Three_commands_make_an_agent_that_trains_and_revoking_it_ends_it()
    {
        string[] enroll = await EnrolledFleet.TokenAsync("--labels", "site=a");
        string said = await ServedFleet.OkAsync([.. enroll, "--name", "pump-1", "--state", fleet.In("pump-1")]);
        EdgeFloraProcess agent = fleet.Agent("pump-1");
        await agent.LineAsync("agent pump-1: idle");
        await fleet.TrainAsync("--set", "agents.selector=site=a");

        Assert.StartsWith("enrolled as pump-1, labels site=a; ", said, StringComparison.Ordinal);
        AgentDetail shown = await EnrolledFleet.ShowAsync("pump-1");
        Assert.Equal(("edgeflora-agent-pump-1", 0L, "a"), (shown.BrokerUser, shown.ForgedMessages, shown.Summary.Labels["site"]));
        string password = File.ReadAllText(StoredEnrolment.PasswordFileIn(fleet.In("pump-1"))).Trim();
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(StoredEnrolment.PasswordFileIn(fleet.In("pump-1"))));
        }

        Assert.DoesNotContain(
            Directory.EnumerateFiles(fleet.In("service"), "*", SearchOption.AllDirectories)
                .Where(file => !file.EndsWith(".lock", StringComparison.Ordinal)),
            file => Holds(file, password));

        await ServedFleet.OkAsync("agents", "revoke", "pump-1", "--reason", "stolen");

        Assert.Equal(2, await agent.EndAsync());
        Assert.Contains(
            agent.Lines,
            line => line.Contains("revoked", StringComparison.Ordinal) && line.Contains(
                "edgeflora agent enroll URL --token TOKEN --name pump-1", StringComparison.Ordinal));
        EdgeFloraProcess again = fleet.Agent("pump-1");
        Assert.Equal(2, await again.EndAsync());
        Assert.Contains(
            again.Lines,
            line => line.Contains(
                "The agent may have been revoked, or its user not been made at the broker yet. Enrol it", StringComparison.Ordinal));
        Assert.Equal(AgentStanding.Revoked, (await EnrolledFleet.ShowAsync("pump-1")).Summary.Standing);

        await ServedFleet.OkAsync([.. await EnrolledFleet.TokenAsync(), "--name", "pump-1", "--state", fleet.In("pump-1")]);
        EdgeFloraProcess back = fleet.Agent("pump-1");
        await back.LineAsync("agent pump-1: idle");
    }

    [Fact]
    public async Task Tokens_that_do_not_count_and_names_that_are_taken_are_refused_in_a_sentence()
    {
        string[] enroll = await EnrolledFleet.TokenAsync();
        await ServedFleet.OkAsync([.. enroll, "--name", "first", "--state", fleet.In("first")]);
        Assert.Equal(AgentPresence.NeverSeen, (await EnrolledFleet.ShowAsync("first")).Summary.Presence);

        string again = await RefusalAsync([.. enroll, "--name", "second", "--state", fleet.In("second")]);
        string wrong = await RefusalAsync([.. enroll[..4], "efa_AAAA", .. enroll[5..], "--name", "third", "--state", fleet.In("third")]);
        string taken = await RefusalAsync([.. await EnrolledFleet.TokenAsync(), "--name", "first", "--state", fleet.In("other")]);
        string unpinned = await RefusalAsync([.. enroll[..5], "--name", "fourth", "--state", fleet.In("fourth")]);
        string stranger = await RefusalAsync(
            [.. enroll[..5], "--fingerprint", "sha256:" + new string('0', 64), "--name", "fourth", "--state", fleet.In("fourth")]);

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

        string before = File.ReadAllText(StoredEnrolment.PasswordFileIn(fleet.In("first")));
        await ServedFleet.OkAsync(
            [.. (await ServedFleet.OkAsync("agents", "rotate", "first")).Trim().Split(' ')[1..], "--state", fleet.In("first")]);
        Assert.NotEqual(before, File.ReadAllText(StoredEnrolment.PasswordFileIn(fleet.In("first"))));
        EdgeFloraProcess agent = fleet.Agent("first");
        await agent.LineAsync("agent first: idle");
    }

    [Fact]
    public async Task An_agent_that_belongs_to_no_fleet_is_told_the_command_that_enrols_it()
    {
        await using EdgeFloraProcess guest = EdgeFloraProcess.Start(Broker, fleet.AgentArguments("stray"));
        Assert.Equal(2, await guest.EndAsync());
        await using EdgeFloraProcess stranger = EdgeFloraProcess.Start(
            Broker.Replace("guest:guest", "nobody:guest", StringComparison.Ordinal), fleet.AgentArguments("stray"));
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
            await ServedFleet.OkAsync([.. await EnrolledFleet.TokenAsync(), "--name", name, "--state", fleet.In(name)]);
        }

        EdgeFloraProcess agent = fleet.Agent("honest");
        await agent.LineAsync("agent honest: idle");
        StoredEnrolment stolen = StoredEnrolment.Read(fleet.In("forger"))!;
        MessageBus bus = await BusFactory.StartAsync(
            new BrokerOptions { Url = stolen.Broker, PasswordFile = StoredEnrolment.PasswordFileIn(fleet.In("forger")) },
            TimeProvider.System,
            null,
            Stop);
        var courier = new Courier(
            bus, TimeProvider.System, TimeSpan.FromSeconds(30), new SendingUser(AgentUser.Of("forger"), Queues.AgentUp("forger")));
        MessageHeader header = new MessageStamp(Guid.NewGuid(), TimeProvider.System).About(nameof(AgentBye), "honest");

        await courier.SendAsync(Queues.Fleet, new AgentBye { Header = header, Reason = "so long" }, header, timeToLive: null, Stop);

        await LimitedWait.UntilAsync(async () => (await EnrolledFleet.ShowAsync("honest")).ForgedMessages > 0);

        Assert.Equal(AgentPresence.Online, (await EnrolledFleet.ShowAsync("honest")).Summary.Presence);
        Assert.Contains("1 messages in its name were not its own", await ServedFleet.OkAsync("agents", "show", "honest"), StringComparison.Ordinal);
        await bus.StopAsync(Stop);
    }

    private static async Task<string> RefusalAsync(string[] arguments)
    {
        (int code, _, string error) = await CommandRunner.RunAsync(arguments);
        Assert.True(code is ExitCode.BadInput or ExitCode.Unreachable, $"exit code {code}: {error}");
        return error;
    }

    private static bool Holds(string file, string text)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var reader = new StreamReader(stream, System.Text.Encoding.Latin1);
            return reader.ReadToEnd().Contains(text, StringComparison.Ordinal);
        }
        catch (FileNotFoundException)
        {
            // The service is at work: what it had for a moment is gone again.
            return false;
        }
    }
}
