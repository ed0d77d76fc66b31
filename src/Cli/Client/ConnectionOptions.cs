using System.CommandLine;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Client;

/// <summary>Which service a command speaks to: one that is known by name, or one that the environment names.</summary>
internal sealed class ConnectionOptions
{
    public const string UrlVariable = "EDGEFLORA_URL";
    public const string TokenVariable = "EDGEFLORA_TOKEN";
    public const string FingerprintVariable = "EDGEFLORA_FINGERPRINT";
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
