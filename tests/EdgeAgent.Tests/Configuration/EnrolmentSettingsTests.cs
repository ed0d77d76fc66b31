using EdgeFlora.EdgeAgent.Configuration;
using EdgeFlora.EdgeAgent.Credentials;

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
    public void Only_the_password_that_enrolment_left_is_changed_by_the_agent_itself()
    {
        settings.Enrol("state");
        const string Data = "state: state, data: [{file: a.jsonl}]";

        Assert.Equal(TimeSpan.FromDays(30), settings.Read($"{{{Data}}}").PasswordAge);
        Assert.Equal(TimeSpan.FromHours(12), settings.Read($"{{{Data}, broker: {{passwordAge: 12 h}}}}").PasswordAge);
        Assert.Null(settings.Read($"{{{Data}, broker: {{url: 'amqps://edgeflora-agent-pump-1@broker.example/'}}}}").PasswordAge);
        File.WriteAllText(settings.In("own"), "mine");
        Assert.Null(settings.Read($"{{{Data}, broker: {{passwordFile: own}}}}").PasswordAge);
        Assert.Equal(
            ["agent.yaml:1: broker.passwordAge is '5 min'; it must be 1 h … 3650 d, as a number with ms, s, min, h or d"],
            settings.Mistakes($"{{{Data}, broker: {{passwordAge: 5 min}}}}"));
    }

    [Fact]
    public void A_certificate_that_enrolment_was_given_stands_in_place_of_a_password()
    {
        settings.Enrol("state");
        string certificate = settings.In("agent.pem");
        using (var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256))
        using (var own = new System.Security.Cryptography.X509Certificates.CertificateRequest(
            "CN=edgeflora-agent-pump-1", key, System.Security.Cryptography.HashAlgorithmName.SHA256).CreateSelfSigned(
                DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100)))
        {
            File.WriteAllText(certificate, own.ExportCertificatePem() + "\n" + key.ExportPkcs8PrivateKeyPem());
        }

        StoredEnrolment enrolment = StoredEnrolment.Read(settings.In("state"))! with { Certificate = certificate };
        enrolment.Write(settings.In("state"), password: null, authorities: null);
        ConfiguredAgent agent = settings.Read("{state: state, data: [{file: a.jsonl}]}");

        Assert.Equal(
            (certificate, null, true, null),
            (agent.Broker.ClientCertificate, agent.Broker.PasswordFile, agent.Agent.IsEnrolled, agent.PasswordAge));
        Assert.False(File.Exists(StoredEnrolment.PasswordFileIn(settings.In("state"))));

        // Without a user in the URL the certificate's own name counts.
        ConfiguredAgent named = settings.Read(
            "{state: state, data: [{file: a.jsonl}], broker: {url: 'amqps://broker.example/', clientCertificate: agent.pem}}");
        Assert.Equal(("edgeflora-agent-pump-1", true), (named.Agent.BrokerUser, named.Agent.IsEnrolled));
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
