using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;

namespace EdgeFlora.Cli.Commands.Contexts;

/// <summary>
/// <c>edgeflora context add</c>. A token comes from a file or standard input, for a command line shows it to everybody on the machine.
/// </summary>
internal sealed class AddContextCommand : Command
{
    private readonly Argument<string> name = ContextCommand.NameArgument();
    private readonly Argument<string> url = new("URL") { Description = "Of the service's API: https://HOST:PORT" };
    private readonly Option<string?> tokenFile = new("--token-file")
    {
        Description = "File with the operator token; - reads standard input",
        HelpName = "FILE",
    };
    private readonly Option<string?> fingerprint = new("--fingerprint")
    {
        Description = "Of the service's certificate, as it prints it at its start; without it the certificate must be one that this machine trusts",
        HelpName = "sha256:…",
    };

    public AddContextCommand()
        : base("add", "Name a service, and choose it. A context of that name is replaced.")
    {
        Arguments.Add(name);
        Arguments.Add(url);
        Options.Add(tokenFile);
        Options.Add(fingerprint);
        SetAction(Run);
    }

    private int Run(ParseResult parsed)
    {
        string chosen = parsed.GetRequiredValue(name);
        string address = parsed.GetRequiredValue(url).TrimEnd('/');
        ServiceContext context = new ServiceContext(address, Token(parsed.GetValue(tokenFile)), parsed.GetValue(fingerprint)).Checked();
        ContextFile known = ContextFile.Read();
        new ContextFile(chosen, new Dictionary<string, ServiceContext>(known.Contexts) { [chosen] = context }).Write();
        parsed.InvocationConfiguration.Output.WriteLine($"{chosen} is {context.Url}, and the current context");
        return ExitCode.Done;
    }

    private static string? Token(string? file)
    {
        if (file is null)
        {
            return null;
        }

        string token = SecretFile.Read("--token-file", file);
        return token.Length is > 0 and <= 200 && token.All(c => c is > ' ' and < '\x7f')
            ? token
            : throw new InputException(
                $"--token-file '{file}' does not hold a token; it must hold the token alone, such as edgeflora tokens create prints it");
    }
}
