using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using EdgeFlora.Cli.Client;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Contracts;
using EdgeFlora.Contracts.Api;
using EdgeFlora.EdgeAgent.Credentials;
using EdgeFlora.EdgeAgent.Journal;
using EdgeFlora.EdgeAgent.Options;
using EdgeFlora.Transport.Users;

namespace EdgeFlora.Cli.Commands.Agent;

/// <summary>
/// <c>edgeflora agent enroll</c>: makes this device an agent of a service. The password is made here; only its hash leaves the device.
/// </summary>
internal sealed partial class EnrollCommand : Command
{
    /// <summary>Environment variable that stands in for <c>--token</c>.</summary>
    public const string TokenVariable = "EDGEFLORA_AGENT_TOKEN";

    private readonly Argument<string> url = new("URL") { Description = "Of the service's API: https://HOST:PORT" };
    private readonly Option<string?> token = new("--token")
    {
        Description = $"Agent token, as edgeflora tokens create --agent prints it; counts once and for minutes. "
            + $"Without it the environment's {TokenVariable}",
        HelpName = "TOKEN",
    };
    private readonly Option<string?> tokenFile = new("--token-file")
    {
        Description = "File with the token; - reads standard input",
        HelpName = "FILE",
    };
    private readonly Option<string?> fingerprint = new("--fingerprint")
    {
        Description = "Of the service's certificate, as it prints it at its start; without it the certificate must be one that this machine trusts",
        HelpName = "sha256:…",
    };
    private readonly Option<string?> name = new("--name")
    {
        Description = "Name of the agent: a-z, 0-9 and -; without it this machine's name",
        HelpName = "NAME",
    };
    private readonly Option<string?> state = new("--state")
    {
        Description = "The agent's state folder; without it agent-NAME-state",
        HelpName = "DIR",
    };

    public EnrollCommand()
        : base("enroll", "Make this device an agent of a service, with a user of its own at the broker.")
    {
        Arguments.Add(url);
        foreach (Option option in (Option[])[token, tokenFile, fingerprint, name, state])
        {
            Options.Add(option);
        }

        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken stop)
    {
        string agent = AgentName(parsed);
        ServiceContext service = new ServiceContext(parsed.GetRequiredValue(url).TrimEnd('/'), Token(parsed), parsed.GetValue(fingerprint)).Checked();
        string folder = parsed.GetValue(state) ?? AgentOptions.StandardState(agent);
        TextWriter output = parsed.InvocationConfiguration.Output;
        using AgentStateFolder held = AgentStateFolder.Open(folder, agent);
        string password = PasswordHash.NewPassword();
        using var client = new ServiceClient(service, enrols: true);
        EnrolmentAnswer answer = await client.CommandAsync<EnrolmentAnswer>(
            HttpMethod.Post,
            "/api/v1/enrolments",
            new EnrolmentRequest
            {
                Agent = agent,
                InstallationId = held.Installation,
                PasswordHash = PasswordHash.Of(password),
                Platform = RuntimeInformation.RuntimeIdentifier,
                Version = ProgramVersion.Text,
            },
            stop);
        if (answer.Agent != agent)
        {
            throw new ServiceUnreachableException(
                $"{service.Url} enrolled '{SafeText.OneLine(answer.Agent)}' in place of '{agent}'; is it an EdgeFlora service of this version?");
        }

        new StoredEnrolment(agent, answer.Broker, service.Url, service.Fingerprint, answer.BrokerServerName).Write(folder, password, answer.BrokerCa);
        Tell(output, agent, folder, answer);
        return ExitCode.Done;
    }

    private static void Tell(TextWriter output, string agent, string folder, EnrolmentAnswer answer)
    {
        string labels = answer.Labels.Count == 0 ? "" : $", labels {string.Join(",", answer.Labels.Select(label => $"{label.Key}={label.Value}"))}";
        output.WriteLine(SafeText.OneLine(
            $"enrolled as {agent}{labels}; its broker is {answer.Broker}, its password in {StoredEnrolment.PasswordFileIn(folder)}"));
        if (answer.Commands.Count > 0)
        {
            output.WriteLine("the service may not make its user at the broker; whoever operates that runs first:");
            foreach (string command in answer.Commands)
            {
                output.WriteLine(SafeText.OneLine($"  {command}"));
            }
        }

        output.WriteLine($"start it: edgeflora agent run --state '{folder}' --data FILE");
    }

    private string AgentName(ParseResult parsed)
    {
        string chosen = parsed.GetValue(name) ?? Foreign().Replace(Environment.MachineName.ToLowerInvariant(), "-").Trim('-');
        return chosen.Length is > 0 and <= WireLimits.MaxAgentIdLength && !Foreign().IsMatch(chosen)
            ? chosen
            : throw new InputException($"--name is '{chosen}'; it must be 1 … {WireLimits.MaxAgentIdLength} of the characters a-z, 0-9 and -");
    }

    private string Token(ParseResult parsed)
    {
        parsed.RefuseBoth(token, "which holds the token already; leave one of them out", tokenFile);
        string? given = parsed.GetValue(tokenFile) is { } file ? SecretFile.Read("--token-file", file)
            : parsed.GetValue(token) ?? (Environment.GetEnvironmentVariable(TokenVariable) is { Length: > 0 } named ? named.Trim() : null);
        return given is { Length: > 0 and <= 200 } && given.All(c => c is > ' ' and < '\x7f')
            ? given
            : throw new InputException("--token is missing, or no token; an operator makes one: edgeflora tokens create --agent");
    }

    [GeneratedRegex("[^a-z0-9-]")]
    private static partial Regex Foreign();
}
