using System.CommandLine;
using System.Text.RegularExpressions;

namespace EdgeFlora.Cli.CommandLine;

/// <summary>Says what the parts call a setting (<c>Agent:HeldOutFraction</c>) as the user typed it (<c>--held-out-fraction</c>).</summary>
internal static partial class SettingNames
{
    /// <summary>Settings whose option is not their last name with hyphens.</summary>
    private static readonly Dictionary<string, string> Other = new(StringComparer.Ordinal)
    {
        ["Broker:Url"] = "--broker",
        ["Broker:ConnectTimeout"] = "--broker-timeout",
        ["Broker:PasswordFile"] = "--broker-password-file",
        ["Broker:Ca"] = "--broker-ca",
        ["Broker:ServerName"] = "--broker-server-name",
        ["Broker:ClientCertificate"] = "--broker-certificate",
        ["Broker:ClientKey"] = "--broker-key",
        ["Agent:StateFolder"] = "--state",
        ["Store:StateFolder"] = "--state",
    };

    /// <summary>A message with the names of options in place of those of settings, where the command has such an option.</summary>
    public static string AsTyped(string message, Command command) => Setting().Replace(message, match =>
    {
        string option = Other.TryGetValue(match.Value, out string? other)
            ? other
            : "--" + Hyphenated(match.Value[(match.Value.LastIndexOf(':') + 1)..]);
        return command.Options.Any(each => each.Name == option) ? option : match.Value;
    });

    private static string Hyphenated(string name) =>
        WordStart().Replace(name, match => (match.Index == 0 ? "" : "-") + match.Value.ToLowerInvariant());

    [GeneratedRegex(@"\b(?:[A-Z][A-Za-z]*:)+[A-Z][A-Za-z]*\b", RegexOptions.CultureInvariant)]
    private static partial Regex Setting();

    [GeneratedRegex("[A-Z]", RegexOptions.CultureInvariant)]
    private static partial Regex WordStart();
}
