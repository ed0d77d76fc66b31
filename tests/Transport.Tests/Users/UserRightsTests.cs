using System.Text.RegularExpressions;
using EdgeFlora.Contracts;
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Users;

namespace EdgeFlora.Transport.Tests.Users;

public sealed class UserRightsTests
{
    private const string Agent = "pump-1";
    private static readonly UserRights Rights = UserRights.OfAgent(Agent);

    [Theory]
    [InlineData("ef.agent.pump-1")]
    [InlineData("ef.agent.pump-1.chunks")]
    [InlineData("ef.agent.pump-1.0123abcd")]
    [InlineData("ef.agent.pump-1.0123abcd.chunks")]
    public void An_agent_has_its_own_queues(string queue) =>
        Assert.Equal((true, true, true), May(queue));

    [Fact]
    public void An_agent_sends_to_its_own_exchange_and_reads_nothing_from_it() =>
        Assert.Equal((true, true, false), May(Queues.AgentUp(Agent)));

    [Fact]
    public void An_agent_declares_the_queue_that_goes_with_its_connection_and_does_nothing_else_with_it() =>
        Assert.Equal((true, false, false), May(Queues.Connection(Agent, "0123abcd")));

    [Fact]
    public void Nothing_else_is_an_agents()
    {
        string[] others =
        [
            "", "amq.default", "amq.topic", "amq.gen-x", Queues.Fleet, Queues.Presence, Queues.Up, Queues.RunIntake(default),
            Queues.RunChunks(default), BusQueues.DeadLetters,
            Queues.Agent("pump-10"), Queues.Agent("pump"), Queues.Agent("a-pump-1"), Queues.AgentUp("pump-10"), "ef.agent.pump-1.up.chunks",
            "ef.agent.pump-1.up.x", "ef.agent.pump-1.0123abcde",
            Queues.Connection("pump-10", "0123abcd"), "ef.agent.pump-1.live", "ef.agent.pump-1.0123abcd.live.x", "ef.agent.pump-1.0123abcdxlive",
            "ef.agent.pump-1.MARK.live",
            "efxagent.pump-1", "ef.agentxpump-1", "ef.agent.pump-1xchunks", "ef.agent.pump-1\nef.fleet", "ef.fleet\nef.agent.pump-1",
            "x.ef.agent.pump-1",
        ];

        Assert.All(others, name => Assert.Equal((name, false, false, false), (name, May(name).Configure, May(name).Write, May(name).Read)));
    }

    [Fact]
    public void The_commands_for_the_brokers_operator_hold_the_rights_and_the_hash()
    {
        string[] commands = [.. UserCommands.For(Agent, PasswordHash.Of("secret"), "it's")];

        Assert.Equal(2, commands.Length);
        Assert.EndsWith(" | rabbitmqctl import_definitions", commands[0], StringComparison.Ordinal);
        Assert.Contains("\"tags\":\"\"", commands[0], StringComparison.Ordinal);
        Assert.Equal(
            $@"rabbitmqctl set_permissions -p 'it'\''s' edgeflora-agent-pump-1 '{Rights.Configure}' '{Rights.Write}' '{Rights.Read}'", commands[1]);
        Assert.DoesNotContain(commands, command => command.Contains("secret", StringComparison.Ordinal));
    }

    private static (bool Configure, bool Write, bool Read) May(string name) =>
        (Regex.IsMatch(name, Rights.Configure), Regex.IsMatch(name, Rights.Write), Regex.IsMatch(name, Rights.Read));
}
