using EdgeFlora.EdgeAgent.Configuration;

namespace EdgeFlora.Cli.CommandLine;

/// <summary>What whoever started this process gave it besides its arguments.</summary>
internal static class GivenByEnvironment
{
    /// <summary>The variable by which systemd says where a service's credentials lie.</summary>
    public const string Credentials = EnvironmentSettings.Credentials;

    /// <summary>A variable's value without blanks around it; null where it is missing or empty.</summary>
    public static string? Value(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value.Trim() : null;

    /// <summary>The file of a credential that systemd hands over (<c>LoadCredential=NAME:FILE</c>); null where there is none of that name.</summary>
    public static string? Credential(string name) =>
        Value(Credentials) is { } folder && Path.Combine(folder, name) is var file && File.Exists(file) ? file : null;
}
