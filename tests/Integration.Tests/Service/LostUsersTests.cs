using EdgeFlora.Contracts;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Users;

namespace EdgeFlora.Integration.Tests.Service;

/// <summary>Agents' users are lost at the broker, one by hand and all with its disk; nobody enrols again.</summary>
public sealed class LostUsersTests(ManagedBroker managed) : IClassFixture<ManagedBroker>, IAsyncLifetime
{
    private EnrolledFleet fleet = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private BrokerOptions Broker => new() { Url = managed.Broker.Url("enrolment") };

    public async ValueTask InitializeAsync() =>
        fleet = await EnrolledFleet.StartAsync(Broker.Url!, $"management: '{managed.Broker.Management.OriginalString}'");

    public ValueTask DisposeAsync() => fleet.DisposeAsync();

    [Fact]
    public async Task A_user_that_was_deleted_and_a_broker_that_was_replaced_get_their_users_back_and_the_agent_works_on()
    {
        await fleet.EnrolAsync("pump-1");
        await fleet.EnrolAsync("gone");
        EdgeFloraProcess agent = fleet.Agent("pump-1");
        await agent.LineAsync("agent pump-1: idle");
        await ServedFleet.OkAsync("agents", "revoke", "gone");
        using var users = new ManagementUsers(new ManagementOptions { Url = managed.Broker.Management, Broker = Broker }, TimeProvider.System);
        IReadOnlyList<BrokerUser> before = await users.ListAsync(AgentUser.Prefix, Stop);

        await users.DeleteAsync(AgentUser.Of("pump-1"), Stop);
        await fleet.Service.LineAsync("the broker had lost the users or rights of 1 agents (pump-1); they are made again");
        await fleet.TrainAsync();
        Assert.Equal(before, await users.ListAsync(AgentUser.Prefix, Stop));

        await managed.Broker.StopAsync(Stop);
        Directory.Delete(managed.Broker.In("mnesia"), recursive: true);
        await managed.Broker.StartAsync(Stop);
        await fleet.TrainAsync();

        Assert.Equal(before, await users.ListAsync(AgentUser.Prefix, Stop));
        Assert.Equal(AgentUser.Of("pump-1"), Assert.Single(before).Name);
        Assert.Equal(UserRights.OfAgent("pump-1"), before[0].Rights);
        Assert.Equal(0, await agent.StopAsync());
    }
}
