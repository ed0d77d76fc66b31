using System.CommandLine;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Client;

/// <summary>Which service a command speaks to: one that is known by name, or one that the environment names.</summary>
internal sealed class ConnectionOptions
{
    /// <summary>URL of the service that commands speak to, where no context is named.</summary>
    public const string UrlVariable = "EDGEFLORA_URL";

    /// <summary>Operator token for <c>EDGEFLORA_URL</c>.</summary>
    public const string TokenVariable = "EDGEFLORA_TOKEN";

    /// <summary>Fingerprint of the certificate at <c>EDGEFLORA_URL</c>; without it, one that the machine trusts.</summary>
    public const string FingerprintVariable = "EDGEFLORA_FINGERPRINT";

    /// <summary>Name of the context that commands speak to (<c>--context</c>).</summary>
    public const string ContextVariable = "EDGEFLORA_CONTEXT";

    private readonly Option<string?> context = new("--context")
    {
        Description = $"Service to speak to, as edgeflora context add named it; without it {ContextVariable}, {UrlVariable}, the current context, "
            + $"or {ServiceContext.Local.Url}",
        HelpName = "NAME",
    };

    public IEnumerable<Option> All => [context];

    /// <exception cref="InputException">The context is not known, or cannot be used.</exception>
    public ServiceContext Read(ParseResult parsed)
    {
        string? name = parsed.GetValue(context) ?? Variable(ContextVariable);
        if (name is null && Variable(UrlVariable) is { } url)
        {
            return new ServiceContext(url, Variable(TokenVariable), Variable(FingerprintVariable)).Checked();
        }

        ContextFile known = ContextFile.Read();
        if ((name ?? known.Current) is not { } chosen)
        {
            return ServiceContext.Local with { Token = Variable(TokenVariable) };
        }

        return known.Contexts.TryGetValue(chosen, out ServiceContext? found)
            ? found.Checked()
            : throw new InputException(
                $"there is no context '{chosen}'; "
                    + $"known are {(known.Contexts.Count == 0 ? "none" : string.Join(", ", known.Contexts.Keys.Order(StringComparer.Ordinal)))}: "
                    + $"edgeflora context add NAME URL");
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value.Trim() : null;
}
