using EdgeFlora.Cli.Tests;
using EdgeFlora.Contracts;
using EdgeFlora.EdgeAgent.Credentials;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Integration.Tests.Service;

/// <summary>Passwords change while agents are at work, at a real broker: by hand at the device, and at an operator's wish.</summary>
public sealed class RotationTests(ManagedBroker managed) : IClassFixture<ManagedBroker>, IAsyncLifetime
{
    private EnrolledFleet fleet = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => fleet = await EnrolledFleet.StartAsync(
        managed.Broker.Url("enrolment"), $"management: '{managed.Broker.Management.OriginalString}'");

    public ValueTask DisposeAsync() => fleet.DisposeAsync();

    [Fact]
    public async Task The_old_password_ends_the_agent_stays_and_connects_again_with_the_new_one()
    {
        await fleet.EnrolAsync("pump-1");
        EdgeFloraProcess agent = fleet.Agent("pump-1");
        await agent.LineAsync("agent pump-1: idle");
        string first = Password("pump-1");

        string said = await ServedFleet.OkAsync("agent", "rotate", "--state", fleet.In("pump-1"));
        string second = Password("pump-1");
        await ServedFleet.OkAsync("agents", "rotate", "pump-1", "--ask");
        await LimitedWait.UntilAsync(() => Password("pump-1") != second, () => string.Join(" | ", agent.Lines));
        string third = Password("pump-1");

        Assert.EndsWith("the password was changed\n", said, StringComparison.Ordinal);
        Assert.Equal((false, false, true), (await IsAcceptedAsync(first), await IsAcceptedAsync(second), await IsAcceptedAsync(third)));

        // Queues of the questions after the new passwords go with the connections that they were asked on.
        await LimitedWait.UntilAsync(async () => !(await managed.Broker.HoldsAsync("enrolment", Stop)).Any(
            name => name.StartsWith(Queues.Agent("pump-1") + ".", StringComparison.Ordinal)
                && !name.EndsWith(".chunks", StringComparison.Ordinal) && !name.EndsWith(".live", StringComparison.Ordinal)
                && !name.EndsWith(".up", StringComparison.Ordinal)));

        await managed.Broker.StopAsync(Stop);
        await managed.Broker.StartAsync(Stop);
        await agent.LineAsync("agent pump-1: the broker is back");
        await fleet.TrainAsync();
        Assert.DoesNotContain(agent.Lines, line => line.Contains("no longer", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wish_is_shown_until_the_agent_has_come_and_done_it()
    {
        const string Wanted = "password      asked for another, and not changed yet";
        await fleet.EnrolAsync("pump-3");
        string first = Password("pump-3");

        string asked = await ServedFleet.OkAsync("agents", "rotate", "pump-3", "--ask");
        Assert.StartsWith("pump-3 is not there; it is asked to change its password when it comes\n", asked, StringComparison.Ordinal);
        Assert.Contains(Wanted, await ServedFleet.OkAsync("agents", "show", "pump-3"), StringComparison.Ordinal);
        EdgeFloraProcess agent = fleet.Agent("pump-3");
        await LimitedWait.UntilAsync(() => Password("pump-3") != first, () => string.Join(" | ", agent.Lines));

        Assert.DoesNotContain(Wanted, await ServedFleet.OkAsync("agents", "show", "pump-3"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_password_that_was_changed_just_before_a_power_cut_is_found_at_the_start()
    {
        await fleet.EnrolAsync("pump-2");
        string file = StoredEnrolment.PasswordFileIn(fleet.In("pump-2"));
        string first = Password("pump-2");
        await ServedFleet.OkAsync("agent", "rotate", "--state", fleet.In("pump-2"));

        // As if the power had gone after the broker took the new one and before its file got its name.
        File.Move(file, file + ".next");
        File.WriteAllText(file, first + "\n");
        EdgeFloraProcess agent = fleet.Agent("pump-2");
        await agent.LineAsync("agent pump-2: idle");

        Assert.NotEqual(first, Password("pump-2"));
        Assert.False(File.Exists(file + ".next"));
    }

    [Fact]
    public async Task A_folder_of_no_enrolled_agent_is_told()
    {
        (int code, _, string error) = await CommandRunner.RunAsync("agent", "rotate", "--state", fleet.In("nowhere"));

        Assert.Equal(2, code);
        Assert.Contains(
            "is the state folder of no enrolled agent; enrol it: edgeflora agent enroll URL --token TOKEN", error, StringComparison.Ordinal);
    }

    private string Password(string agent) => File.ReadAllText(StoredEnrolment.PasswordFileIn(fleet.In(agent))).Trim();

    private Task<bool> IsAcceptedAsync(string password) => BrokerLogin.IsAcceptedAsync(
        new BrokerOptions
        {
            Url = managed.Broker.Url("enrolment").Replace("guest:guest", $"{AgentUser.Of("pump-1")}:{password}", StringComparison.Ordinal),
        },
        TimeProvider.System,
        Stop);
}
