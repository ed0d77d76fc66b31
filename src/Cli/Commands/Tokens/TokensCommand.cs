using System.CommandLine;

namespace EdgeFlora.Cli.Commands.Tokens;

/// <summary><c>edgeflora tokens</c>: who may use a service's API.</summary>
internal sealed class TokensCommand : Command
{
    public TokensCommand()
        : base("tokens", "Make tokens for operators of a service and for devices that become agents, list and revoke them.")
    {
        Subcommands.Add(new CreateTokenCommand());
        Subcommands.Add(new TokenListCommand());
        Subcommands.Add(new RevokeTokenCommand());
    }
}
