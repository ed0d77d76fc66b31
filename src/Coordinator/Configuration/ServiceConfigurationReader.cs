using EdgeFlora.Coordinator.Specs.Documents;
using EdgeFlora.Coordinator.Specs.Reading;
using EdgeFlora.Coordinator.Specs.Settings;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Coordinator.Configuration;

/// <summary>Reads a service's configuration, YAML or JSON, and finds every mistake in it at once.</summary>
public static class ServiceConfigurationReader
{
    /// <param name="text">UTF-8, with or without a byte order mark.</param>
    /// <param name="file">As the user names it, for messages.</param>
    public static ServiceConfigurationReading Read(ReadOnlySpan<byte> text, string file)
    {
        var values = new SettingValues(file);
        try
        {
            new SettingCollector(values, ServiceSections.Top, ServiceSections.Named, "the configuration").Collect(
                SpecDocument.Read(text, file, "the configuration", "state: /var/lib/edgeflora"));
        }
        catch (SpecSyntaxException broken)
        {
            return new ServiceConfigurationReading(null, [broken.Mistake]);
        }

        return values.HasMistakes ? new ServiceConfigurationReading(null, values.Mistakes) : new ServiceConfigurationReading(Compose(values), []);
    }

    private static ServiceConfiguration Compose(SettingValues values) => new()
    {
        Dev = Given(values, ServiceSections.Dev),
        State = values.Of(ServiceSections.State),
        Models = values.Of(ServiceSections.Models) ?? [],
        MaxActiveRuns = Given(values, ServiceSections.MaxActiveRuns),
        Heartbeat = Given(values, ServiceSections.Heartbeat),
        AgentVersion = values.Of(ServiceSections.AgentVersion),
        RequiresEnrolment = Given(values, ServiceSections.RequiresEnrolment),
        Management = values.Of(ServiceSections.BrokerManagement),
        ManagementUser = values.Of(ServiceSections.BrokerManagementUser),
        ManagementPasswordFile = values.Of(ServiceSections.BrokerManagementPasswordFile),
        BrokerForAgents = values.Of(ServiceSections.BrokerAgents),
        Store = values.Of(ServiceSections.StoreUrl),
        StorePasswordFile = values.Of(ServiceSections.StorePasswordFile),
        StoreCa = values.Of(ServiceSections.StoreCa),
        StoreBodies = Given(values, ServiceSections.StoreBodies),
        StoreLease = Given(values, ServiceSections.StoreLease),
        StoreTimeout = Given(values, ServiceSections.StoreTimeout),
        S3Endpoint = values.Of(S3Section.Endpoint),
        S3Region = values.Of(S3Section.Region),
        S3Bucket = values.Of(S3Section.Bucket),
        S3Prefix = values.Of(S3Section.Prefix),
        S3PathStyle = Given(values, S3Section.PathStyle),
        S3Ca = values.Of(S3Section.Ca),
        S3AccessKey = values.Of(S3Section.AccessKey),
        S3SecretKeyFile = values.Of(S3Section.SecretKeyFile),
        S3Timeout = Given(values, S3Section.Timeout),
        S3Unencrypted = Given(values, S3Section.Unencrypted),
        Listen = values.Of(ServiceSections.Listen),
        ReplicaUrl = values.Of(ServiceSections.ReplicaUrl),
        Certificate = values.Of(ServiceSections.Certificate),
        Key = values.Of(ServiceSections.Key),
        Names = values.Of(ServiceSections.Names) ?? [],
        RequestsPerSecond = Given(values, ServiceSections.RequestsPerSecond),
        Broker = new BrokerOptions
        {
            Url = values.Of(ServiceSections.BrokerUrl),
            PasswordFile = values.Of(ServiceSections.BrokerPasswordFile),
            Ca = values.Of(ServiceSections.BrokerCa),
            ServerName = values.Of(ServiceSections.BrokerServerName),
            ClientCertificate = values.Of(ServiceSections.BrokerCertificate),
            ClientKey = values.Of(ServiceSections.BrokerKey),
            ConnectTimeout = values.Of(ServiceSections.BrokerTimeout),
        },
    };

    private static T? Given<T>(SettingValues values, Setting<T> setting)
        where T : struct => values.Has(setting) ? values.Of(setting) : null;
}
