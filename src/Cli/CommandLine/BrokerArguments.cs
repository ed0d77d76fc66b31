using System.CommandLine;
using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Cli.CommandLine;

/// <summary>
/// Options of where the broker is and how it and we prove who we are, for services. Each has an environment variable, and no secret need stand on
/// the command line.
/// </summary>
internal sealed class BrokerArguments
{
    /// <summary>The option that names a file with the password.</summary>
    public const string PasswordFileName = "--broker-password-file";

    /// <summary>Name under which systemd hands the password to a service: <c>LoadCredential=broker-password:FILE</c>.</summary>
    public const string PasswordCredential = "broker-password";

    private readonly Option<string> url = BrokerOption.Needed();
    private readonly Option<double> timeout = BrokerOption.Timeout();
    private readonly Option<string?> passwordFile = File(
        PasswordFileName, "File whose first line is the broker's password, so that it need not stand in the URL");
    private readonly Option<string?> ca = File(
        "--broker-ca", "PEM file with the authorities that may have signed the broker's certificate (amqps), in place of those the system trusts");
    private readonly Option<string?> serverName = Named(
        "--broker-server-name", "Name that the broker's certificate must bear, if it is not the URL's host", "NAME");
    private readonly Option<string?> certificate = File(
        "--broker-certificate", "PEM file with our own certificate for the broker; it proves the user where no password is given");
    private readonly Option<string?> key = File("--broker-key", "PEM file with the key of --broker-certificate, if it is not in the same file");

    public IEnumerable<Option> All => [url, timeout, passwordFile, ca, serverName, certificate, key];

    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A value cannot be used; the message holds no secret.</exception>
    public BrokerOptions Read(ParseResult parsed) => Read(parsed, null);

    /// <param name="under">What holds where neither the command line nor the environment says anything, of a configuration file.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A value cannot be used; the message holds no secret.</exception>
    public BrokerOptions Read(ParseResult parsed, BrokerOptions? under)
    {
        bool isSaid = parsed.IsGiven(url) || BrokerOption.IsInEnvironment;
        var options = new BrokerOptions
        {
            Url = isSaid ? parsed.GetValue(url) : under?.Url ?? parsed.GetValue(url),
            ConnectTimeout = under is null || parsed.IsGiven(timeout) ? TimeSpan.FromSeconds(parsed.GetValue(timeout)) : under.ConnectTimeout,
            PasswordFile = parsed.GetValue(passwordFile) ?? GivenByEnvironment.Credential(PasswordCredential) ?? under?.PasswordFile,
            Ca = parsed.GetValue(ca) ?? under?.Ca,
            ServerName = parsed.GetValue(serverName) ?? under?.ServerName,
            ClientCertificate = parsed.GetValue(certificate) ?? under?.ClientCertificate,
            ClientKey = parsed.GetValue(key) ?? under?.ClientKey,
        };
        options.Validate();
        WarnOfPassword(parsed);
        return options;
    }

    /// <summary>Warns of a password that stands on the command line.</summary>
    public void WarnOfPassword(ParseResult parsed) => BrokerOption.WarnOfPassword(parsed, url);

    private static Option<string?> File(string name, string purpose) => Named(name, purpose, "FILE");

    private static Option<string?> Named(string name, string purpose, string value)
    {
        string variable = $"EDGEFLORA_{name.TrimStart('-').Replace('-', '_').ToUpperInvariant()}";
        return new Option<string?>(name)
        {
            Description = $"{purpose}; without it the environment's {variable}",
            HelpName = value,
            DefaultValueFactory = _ => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } given ? given : null,
        };
    }
}
