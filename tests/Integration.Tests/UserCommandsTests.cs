using EdgeFlora.Contracts;
using EdgeFlora.Integration.Tests.Brokers;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Users;

namespace EdgeFlora.Integration.Tests;

/// <summary>The lines that a service prints which may not make users itself, at a real broker.</summary>
public sealed class UserCommandsTests(ManagedBroker managed) : IClassFixture<ManagedBroker>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_line_makes_the_users_of_several_agents_as_they_were()
    {
        (string Agent, string PasswordHash)[] agents =
            [("pump-1", PasswordHash.Of(PasswordHash.NewPassword())), ("pump-2", PasswordHash.Of(PasswordHash.NewPassword()))];

        await managed.Broker.ShellAsync(UserCommands.ForAll(agents, "enrolment"), Stop);

        using var users = new ManagementUsers(
            new ManagementOptions { Url = managed.Broker.Management, Broker = new BrokerOptions { Url = managed.Broker.Url("enrolment") } },
            TimeProvider.System);
        Assert.Equal(
            agents.Select(agent => new BrokerUser(AgentUser.Of(agent.Agent), agent.PasswordHash, UserRights.OfAgent(agent.Agent), HasTags: false)),
            (await users.ListAsync(AgentUser.Prefix, Stop)).OrderBy(user => user.Name, StringComparer.Ordinal));
    }
}
