namespace EdgeFlora.EdgeAgent.Configuration;

/// <summary>Settings of the environment and of systemd's credentials.</summary>
internal static class EnvironmentSettings
{
    /// <summary>
    /// Begin of the names of variables for settings of an agent: <c>EDGEFLORA_AGENT__LIMITS__THREADS</c> is <c>limits.threads</c>.
    /// </summary>
    public const string Prefix = "EDGEFLORA_AGENT__";

    /// <summary>Variables that say for every command where the broker is, and how it and we prove who we are.</summary>
    private static readonly (string Name, string Key)[] OfBroker =
    [
        ("EDGEFLORA_BROKER", "broker:url"), ("EDGEFLORA_BROKER_PASSWORD_FILE", "broker:passwordFile"), ("EDGEFLORA_BROKER_CA", "broker:ca"),
        ("EDGEFLORA_BROKER_SERVER_NAME", "broker:serverName"),
        ("EDGEFLORA_BROKER_CERTIFICATE", "broker:clientCertificate"), ("EDGEFLORA_BROKER_KEY", "broker:clientKey"),
    ];

    /// <summary>The variable by which systemd says where a service's credentials lie.</summary>
    public const string Credentials = "CREDENTIALS_DIRECTORY";

    /// <summary>The credential with the broker's password, as <c>LoadCredential=broker-password:FILE</c> gives it.</summary>
    public const string PasswordCredential = "broker-password";

    public static IReadOnlyList<GivenSetting> Read(IReadOnlyDictionary<string, string> variables)
    {
        List<GivenSetting> settings = [];
        foreach ((string name, string key) in OfBroker)
        {
            if (variables.GetValueOrDefault(name) is { Length: > 0 } value)
            {
                settings.Add(new GivenSetting(key, value, new SettingOrigin(OriginKind.Environment, name)));
            }
        }

        foreach ((string name, string value) in variables
            .Where(variable => variable.Key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            .OrderBy(variable => variable.Key, StringComparer.Ordinal))
        {
            string key = name[Prefix.Length..].Replace("__", ":", StringComparison.Ordinal);
            settings.Add(new GivenSetting(AgentSchema.Spelled(key), value, new SettingOrigin(OriginKind.Environment, name)));
        }

        return settings;
    }

    public static IReadOnlyList<GivenSetting> ReadCredentials(IReadOnlyDictionary<string, string> variables) =>
        variables.GetValueOrDefault(Credentials) is { Length: > 0 } folder
            && Path.Combine(folder, PasswordCredential) is var file
            && File.Exists(file)
            ? [new GivenSetting("broker:passwordFile", file, new SettingOrigin(OriginKind.Credential, PasswordCredential))]
            : [];
}
