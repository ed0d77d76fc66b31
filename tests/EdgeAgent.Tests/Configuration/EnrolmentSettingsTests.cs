using EdgeFlora.EdgeAgent.Configuration;

namespace EdgeFlora.EdgeAgent.Tests.Configuration;

/// <summary>What an enrolment left in the state folder counts as settings.</summary>
public sealed class EnrolmentSettingsTests : IDisposable
{
    private readonly SettingsFixture settings = new();

    public void Dispose() => settings.Dispose();

    [Fact]
    public void What_enrolment_left_says_who_the_agent_is_and_where_its_broker_is()
    {
        settings.Enrol("state");

        ConfiguredAgent agent = settings.Read("{state: state, data: [{file: a.jsonl}]}");

        Assert.Equal(("pump-1", "edgeflora-agent-pump-1", true), (agent.Agent.Name, agent.Agent.BrokerUser, agent.Agent.IsEnrolled));
        Assert.Equal(
            ("amqps://edgeflora-agent-pump-1@broker.example/", settings.In("state/broker.password"), "the-broker"),
            (agent.Broker.Url, agent.Broker.PasswordFile, agent.Broker.ServerName));
        Assert.StartsWith(
            "enrolment (",
            settings.Load("{state: state, data: [{file: a.jsonl}]}").Effective().Single(setting => setting.Name == "broker.url").Origin.ToString(),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Another_broker_gets_nothing_of_what_enrolment_left()
    {
        settings.Enrol("state");

        ConfiguredAgent agent = settings.Read("{state: state, data: [{file: a.jsonl}], broker: {url: 'amqp://farm@elsewhere/'}}");

        Assert.Equal(("pump-1", "farm", false), (agent.Agent.Name, agent.Agent.BrokerUser, agent.Agent.IsEnrolled));
        Assert.Equal(("amqp://farm@elsewhere/", null, null), (agent.Broker.Url, agent.Broker.PasswordFile, agent.Broker.ServerName));
    }

    [Fact]
    public void An_enrolment_that_is_damaged_is_told()
    {
        settings.Enrol("state");
        File.WriteAllText(settings.In("state/enrolment.json"), "{");

        Assert.StartsWith(
            "'state/enrolment.json' is damaged; enrol the agent again: edgeflora agent enroll URL --token TOKEN",
            settings.Mistakes("{state: state, data: [{file: a.jsonl}]}")[0],
            StringComparison.Ordinal);
    }
}
