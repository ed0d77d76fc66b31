using System.CommandLine;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Commands.Tokens;

/// <summary>
/// <c>edgeflora tokens create</c>: a token for a person or a program that operates the service, or with <c>--agent</c> for a device that becomes an
/// agent.
/// </summary>
internal sealed class CreateTokenCommand : ServiceCommand
{
    private readonly Argument<string?> name;
    private readonly Option<string> role;
    private readonly Option<bool> agent;
    private readonly Option<string?> labels;
    private readonly Option<string> ttl;
    private readonly Option<int> uses;

    public CreateTokenCommand()
        : this(
            new("NAME")
            {
                Description = "Name of the operator token, for histories and for revoking it; with --agent the one agent that may use it, "
                    + "which may be left out",
                Arity = ArgumentArity.ZeroOrOne,
            },
            Ranged.Choice("--role", "What an operator token allows: view to look, operate to do everything", ["view", "operate"], "view"),
            AgentOption("Make an agent token, with which a device becomes an agent (edgeflora agent enroll)"),
            new("--labels") { Description = "With --agent: labels of agents that enrol with it, key=value,…", HelpName = "LABELS" },
            new("--ttl")
            {
                Description = "With --agent: how long it counts, such as 15m, 2h or 7d; up to 30d",
                HelpName = "TIME",
                DefaultValueFactory = _ => "15m",
            },
            Ranged.Number("--uses", "With --agent: how many agents may enrol with it", "agents", 1, 10_000, 1))
    {
    }

    private CreateTokenCommand(
        Argument<string?> name, Option<string> role, Option<bool> agent, Option<string?> labels, Option<string> ttl, Option<int> uses)
        : base(
            "create",
            "Make an operator token, or with --agent an agent token. Its secret is shown this once.",
            name,
            role,
            agent,
            labels,
            ttl,
            uses) =>
        (this.name, this.role, this.agent, this.labels, this.ttl, this.uses) = (name, role, agent, labels, ttl, uses);

    /// <summary>Whether agent tokens are meant.</summary>
    public static Option<bool> AgentOption(string purpose) => new("--agent") { Description = purpose };

    /// <summary>Shows a new agent token as the command that uses it.</summary>
    public static IEnumerable<string> Shown(CreatedAgentToken created, ServiceClient client)
    {
        yield return $"edgeflora agent enroll {client.Url} --token "
            + $"{created.Secret}{(client.Fingerprint is { } pinned ? $" --fingerprint {pinned}" : "")}"
            + (created.Token.Agent is { } only ? $" --name {only}" : "");
    }

    protected override async Task<int> RunAsync(ServiceClient client, ParseResult parsed, Answer answer, CancellationToken stop)
    {
        if (parsed.GetValue(agent))
        {
            parsed.RefuseBoth(agent, "which makes a token for a device; a role is an operator token's", role);
            var device = new NewAgentToken
            {
                Agent = parsed.GetValue(name),
                Labels = Labels(parsed.GetValue(labels)),
                LifetimeSeconds = Lifetime(parsed.GetRequiredValue(ttl)),
                Uses = parsed.GetValue(uses),
            };
            answer.Show(
                await client.CommandAsync<CreatedAgentToken>(HttpMethod.Post, "/api/v1/agent-tokens", device, stop),
                created => Shown(created, client));
            return ExitCode.Done;
        }

        foreach (Option option in (Option[])[labels, ttl, uses])
        {
            if (parsed.IsGiven(option))
            {
                throw new InputException($"{option.Name} is given without --agent; it is a device's token that has it");
            }
        }

        var asked = new NewOperatorToken(
            parsed.GetValue(name) ?? throw new InputException("NAME is missing; name the operator token, or make a token for a device with --agent"),
            Enum.Parse<OperatorRole>(parsed.GetRequiredValue(role), ignoreCase: true));
        answer.Show(await client.CommandAsync<CreatedOperatorToken>(HttpMethod.Post, "/api/v1/tokens", asked, stop), created => [created.Secret]);
        return ExitCode.Done;
    }

    private static int Lifetime(string text) =>
        DurationText.TryParse(text, out TimeSpan time) && time >= TimeSpan.FromSeconds(1) && time <= TimeSpan.FromDays(30)
        ? (int)time.TotalSeconds
        : throw new InputException($"--ttl is '{text}'; it must be 1s … 30d, such as 15m");

    private static Dictionary<string, string> Labels(string? text)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string label in (text ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (label.Split('=') is not [{ Length: > 0 } key, { Length: > 0 } value] || !labels.TryAdd(key, value))
            {
                throw new InputException($"--labels has '{label}'; write key=value,key=value, each key once");
            }
        }

        return labels;
    }
}
