using EdgeFlora.EdgeAgent.Credentials;
using EdgeFlora.EdgeAgent.Options;

namespace EdgeFlora.EdgeAgent.Configuration;

/// <summary>What an agent's enrolment says: who it is, where its broker is, and how they prove themselves to each other.</summary>
internal static class EnrolmentSettings
{
    /// <param name="stronger">What other sources give, the weakest first: they say which state folder is meant.</param>
    /// <param name="broken">Gets what is wrong.</param>
    public static IReadOnlyList<GivenSetting> Read(IReadOnlyList<GivenSetting> stronger, List<string> broken)
    {
        string? state = Last(stronger, "state") is { } given ? AgentConfiguration.Resolved(given)
            : Last(stronger, "name") is { } name ? AgentOptions.StandardState(name.Value)
            : null;
        if (string.IsNullOrEmpty(state))
        {
            return [];
        }

        try
        {
            return StoredEnrolment.Read(state) is { } enrolment ? [.. Of(enrolment, state, Last(stronger, "broker:url") is null)] : [];
        }
        catch (InvalidDataException damaged)
        {
            broken.Add(damaged.Message);
            return [];
        }
    }

    /// <param name="namesBroker">Whether its broker is meant: credentials are for the one broker that they are of.</param>
    private static IEnumerable<GivenSetting> Of(StoredEnrolment enrolment, string state, bool namesBroker)
    {
        var origin = new SettingOrigin(OriginKind.Enrolment, StoredEnrolment.FileIn(state));
        yield return new GivenSetting("name", enrolment.Agent, origin);
        if (!namesBroker)
        {
            yield break;
        }

        yield return new GivenSetting("broker:url", enrolment.Broker, origin);
        if (enrolment.Certificate is null)
        {
            yield return new GivenSetting("broker:passwordFile", StoredEnrolment.PasswordFileIn(state), origin);
        }
        else
        {
            yield return new GivenSetting("broker:clientCertificate", enrolment.Certificate, origin);
        }

        if (enrolment.Key is { } key)
        {
            yield return new GivenSetting("broker:clientKey", key, origin);
        }

        if (File.Exists(StoredEnrolment.CaFileIn(state)))
        {
            yield return new GivenSetting("broker:ca", StoredEnrolment.CaFileIn(state), origin);
        }

        if (enrolment.BrokerServerName is { } serverName)
        {
            yield return new GivenSetting("broker:serverName", serverName, origin);
        }
    }

    private static GivenSetting? Last(IReadOnlyList<GivenSetting> settings, string key) =>
        settings.LastOrDefault(setting => setting.Key.Equals(key, StringComparison.OrdinalIgnoreCase));
}
