using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Commands.Contexts;

/// <summary><c>edgeflora context ls</c>. Tokens are not shown.</summary>
internal sealed class ContextListCommand : Command
{
    private readonly Option<bool> json = new("--json") { Description = "Answer in JSON" };

    public ContextListCommand()
        : base("ls", "List the known services, without their tokens.")
    {
        Options.Add(json);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        ContextFile known = ContextFile.Read();
        var rows = known.Contexts.OrderBy(entry => entry.Key, StringComparer.Ordinal)
            .Select(entry => new
            {
                name = entry.Key,
                current = entry.Key == known.Current,
                url = entry.Value.Url,
                token = entry.Value.Token is not null,
                fingerprint = entry.Value.Fingerprint,
            }).ToArray();
        new Answer(parsed.InvocationConfiguration.Output, parsed.GetValue(json)).Show(
            rows,
            contexts => TextTable.Lines(
                ["", "NAME", "URL", "TOKEN", "CERTIFICATE"],
                contexts.Select(context => new[]
                {
                    context.current ? "*" : "",
                    context.name,
                    context.url,
                    context.token ? "yes" : "no",
                    context.fingerprint is null ? "trusted by this machine" : "pinned",
                })));
        return ExitCode.Done;
    }
}
