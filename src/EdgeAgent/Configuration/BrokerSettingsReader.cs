using EdgeFlora.Transport.Buses;
using Microsoft.Extensions.Options;

namespace EdgeFlora.EdgeAgent.Configuration;

/// <summary>Makes the broker's options of an agent's settings.</summary>
internal sealed class BrokerSettingsReader(AgentConfiguration settings)
{
    private const string Url = "broker:url";

    private static readonly (string Option, string Key)[] Names =
    [
        (nameof(BrokerOptions.Url), Url), (nameof(BrokerOptions.ConnectTimeout), "broker:timeout"),
        (nameof(BrokerOptions.PasswordFile), "broker:passwordFile"), (nameof(BrokerOptions.Ca), "broker:ca"),
        (nameof(BrokerOptions.ServerName), "broker:serverName"), (nameof(BrokerOptions.ClientCertificate), "broker:clientCertificate"),
        (nameof(BrokerOptions.ClientKey), "broker:clientKey"),
    ];

    /// <returns>Null if a setting is wrong; the mistakes have been noted.</returns>
    public BrokerOptions? Read(string standardUrl, TimeSpan timeout)
    {
        var options = new BrokerOptions
        {
            Url = settings.Given(Url)?.Value ?? standardUrl,
            ConnectTimeout = timeout,
            PasswordFile = settings.Given("broker:password") is null ? Path("broker:passwordFile") : null,
            Ca = Path("broker:ca"),
            ServerName = settings.Given("broker:serverName")?.Value,
            ClientCertificate = Path("broker:clientCertificate"),
            ClientKey = Path("broker:clientKey"),
        };
        try
        {
            options.Validate();
        }
        catch (OptionsValidationException wrong)
        {
            // None repeats the address, which may hold a password. The first that is wrong with a setting is enough: a file that is of no use
            // here need not be a good one.
            foreach (string failure in wrong.Failures.DistinctBy(failure => failure.Split(' ')[0]))
            {
                string told = Names.Aggregate(
                    failure, (text, name) => text.Replace($"{BrokerOptions.Section}:{name.Option}", Begin(name.Key), StringComparison.Ordinal));
                settings.AddMistake(told.TrimEnd('.'));
            }

            return null;
        }

        return settings.Given("broker:password") is { } password ? options with { Url = With(options.Url!, password.Value) } : options;
    }

    private static string With(string url, string password)
    {
        var parts = new UriBuilder(url) { Password = Uri.EscapeDataString(password) };
        parts.UserName = parts.UserName.Length > 0 ? parts.UserName : "guest";
        return parts.Uri.AbsoluteUri;
    }

    private string Begin(string key) => settings.Given(key) is { } given ? given.Origin.Begin(AgentSchema.Written(key)) : AgentSchema.Written(key);

    private string? Path(string key) => settings.Given(key) is { } given ? AgentConfiguration.Resolved(given) : null;
}
