using System.CommandLine;

namespace EdgeFlora.Cli.Tokens;

/// <summary><c>edgeflora tokens</c>: who may use a service's API.</summary>
internal sealed class TokensCommand : Command
{
    public TokensCommand()
        : base("tokens", "Make operator tokens for a service's API, list and revoke them.")
    {
        Subcommands.Add(new CreateTokenCommand());
        Subcommands.Add(new TokenListCommand());
        Subcommands.Add(new RevokeTokenCommand());
    }
}
