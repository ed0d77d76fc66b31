using System.Globalization;
using System.Text.Json;
using EdgeFlora.Cli.Tests;
using EdgeFlora.Contracts;
using EdgeFlora.EdgeAgent.Credentials;
using EdgeFlora.EdgeAgent.Journal;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Users;

namespace EdgeFlora.Integration.Tests;

/// <summary><c>edgeflora doctor</c> against a real broker, with users whose rights are right and users whose rights are not.</summary>
public sealed class DoctorTests(ManagedBroker managed) : IClassFixture<ManagedBroker>, IDisposable
{
    private const string Agent = "pump-1";

    private readonly string password = PasswordHash.NewPassword();
    private readonly string root = Directory.CreateTempSubdirectory("edgeflora-doctor-").FullName;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private BrokerOptions ServiceBroker => new() { Url = managed.Broker.Url("enrolment") };

    public void Dispose() => Directory.Delete(root, recursive: true);

    [Fact]
    public async Task An_enrolled_agent_with_its_rights_and_no_others_is_well_and_nothing_stays_behind()
    {
        await EnrolAsync(UserRights.OfAgent(Agent));
        IReadOnlyList<string> before = await managed.Broker.HoldsAsync("enrolment", Stop);

        (int code, Dictionary<string, JsonElement> checks) = await LookAsync();

        Assert.True(code == 0, string.Join('\n', checks.Values));
        Assert.Equal(("Ok", "3 rights are there, 7 others are refused"), Of(checks["broker.rights"]));
        Assert.StartsWith("it came back after ", Of(checks["broker.queue"]).Found, StringComparison.Ordinal);
        Assert.StartsWith("the same bytes came back, ", Of(checks["broker.body"]).Found, StringComparison.Ordinal);
        Assert.Equal("Warning", Of(checks["coordinator.present"]).Outcome);
        Assert.Equal("Ok", Of(checks["disk.modes"]).Outcome);
        Assert.Equal("Ok", Of(checks["memory"]).Outcome);
        await LimitedWait.UntilAsync(async () => before.SequenceEqual(await managed.Broker.HoldsAsync("enrolment", Stop)));
    }

    [Fact]
    public async Task A_right_that_is_missing_is_told_with_the_command_that_gives_it()
    {
        UserRights rights = UserRights.OfAgent(Agent);
        await EnrolAsync(rights with { Write = rights.Read });

        (int code, Dictionary<string, JsonElement> checks) = await LookAsync();

        Assert.Equal(2, code);
        Assert.Equal(
            ("Failed", "user edgeflora-agent-pump-1 may not publish to its exchange ef.agent.pump-1.up"), Of(checks["broker.rights"]));
        Assert.Equal(
            $"whoever operates the broker runs: {UserCommands.Rights(Agent, "enrolment")}", checks["broker.rights"].GetProperty("mend").GetString());
        Assert.Equal(("NotTried", "broker.rights failed"), Of(checks["broker.queue"]));
    }

    [Fact]
    public async Task Rights_that_reach_into_other_agents_queues_are_told()
    {
        // Without its end the pattern fits pump-10 too.
        await EnrolAsync(new UserRights(@"^ef\.agent\.pump-1", @"^ef\.agent\.pump-1", @"^ef\.agent\.pump-1"));

        (int code, Dictionary<string, JsonElement> checks) = await LookAsync();

        Assert.Equal(2, code);
        Assert.Equal(
            (
                "Failed",
                "user edgeflora-agent-pump-1 may also read another agent's queue, delete another agent's queue, publish to another agent's queue"),
            Of(checks["broker.rights"]));
    }

    [Fact]
    public async Task An_exchange_that_the_service_has_not_made_is_told()
    {
        await EnrolAsync(UserRights.OfAgent(Agent));
        await new AgentRoutes(ServiceBroker, TimeProvider.System).RemoveAsync(Agent, Stop);

        (_, Dictionary<string, JsonElement> checks) = await LookAsync();

        Assert.StartsWith("the service makes the exchange", checks["broker.rights"].GetProperty("mend").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_is_told_with_what_an_operator_does()
    {
        await EnrolAsync(UserRights.OfAgent(Agent));
        await File.WriteAllTextAsync(StoredEnrolment.PasswordFileIn(Path.Combine(root, "state")), "another\n", Stop);

        (int code, Dictionary<string, JsonElement> checks) = await LookAsync();

        Assert.Equal(2, code);
        Assert.StartsWith("The broker at 127.0.0.1:", Of(checks["broker.login"]).Found, StringComparison.Ordinal);
        Assert.Contains("edgeflora agents rotate pump-1", checks["broker.login"].GetProperty("mend").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_user_that_all_agents_share_is_a_warning()
    {
        (int code, Dictionary<string, JsonElement> checks) = await LookAsync("--broker", ServiceBroker.Url!);

        Assert.True(code == 0, string.Join('\n', checks.Values));
        Assert.Equal("Warning", Of(checks["broker.rights"]).Outcome);
        Assert.StartsWith("user guest may also read another agent's queue, ", Of(checks["broker.rights"]).Found, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_virtual_host_that_is_closed_to_the_user_is_told()
    {
        (int code, Dictionary<string, JsonElement> checks) = await LookAsync("--broker", managed.Broker.Url("nowhere"));

        Assert.Equal(2, code);
        Assert.Contains("does not let user guest into virtual host nowhere", Of(checks["broker.login"]).Found, StringComparison.Ordinal);
    }

    private static (string Outcome, string Found) Of(JsonElement check) =>
        (check.GetProperty("outcome").GetString()!, check.GetProperty("found").GetString()!);

    private async Task EnrolAsync(UserRights rights)
    {
        using var users = new ManagementUsers(new ManagementOptions { Url = managed.Broker.Management, Broker = ServiceBroker }, TimeProvider.System);
        await users.PutAsync(AgentUser.Of(Agent), PasswordHash.Of(password), rights, Stop);
        await new AgentRoutes(ServiceBroker, TimeProvider.System).MakeAsync([Agent], Stop);
        string state = Path.Combine(root, "state");
        using AgentStateFolder held = AgentStateFolder.Open(state, Agent);
        string broker = string.Create(CultureInfo.InvariantCulture, $"amqp://{AgentUser.Of(Agent)}@127.0.0.1:{managed.Broker.Port}/enrolment");
        new StoredEnrolment(Agent, broker, "https://127.0.0.1:9", Fingerprint: null, null).Write(state, password, authorities: null);
    }

    private async Task<(int Code, Dictionary<string, JsonElement> Checks)> LookAsync(params string[] more)
    {
        string data = Path.Combine(root, "data.jsonl");
        await File.WriteAllLinesAsync(data, ["""{"text": "good", "label": "x"}""", """{"text": "bad", "label": "y"}"""], Stop);
        string[] common = ["doctor", "--json", "--name", Agent, "--state", Path.Combine(root, "state"), "--data", data, "--engine", "portable"];
        (int code, string output, _) = await CommandRunner.RunAsync([.. common, .. more]);
        using var report = JsonDocument.Parse(output);
        return (code, report.RootElement.GetProperty("checks").EnumerateArray().ToDictionary(
            check => check.GetProperty("name").GetString()!, check => check.Clone()));
    }
}
