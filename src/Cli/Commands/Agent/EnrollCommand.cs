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
using EdgeFlora.Transport.Buses;
using EdgeFlora.Transport.Users;

namespace EdgeFlora.Cli.Commands.Agent;

/// <summary>
/// <c>edgeflora agent enroll</c>: makes this device an agent of a service. The password is made here; only its hash leaves the device.
/// </summary>
internal sealed partial class EnrollCommand : Command
{
    /// <summary>Token with which a device is enrolled (<c>--token</c>).</summary>
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

    private readonly Option<string?> certificate = new("--certificate")
    {
        Description = "PEM file with a certificate of the owner's authority, whose common name is edgeflora-agent-NAME; the agent proves itself "
            + "by it to the broker, and gets no password",
        HelpName = "FILE",
    };
    private readonly Option<string?> key = new("--key")
    {
        Description = "PEM file with the key of --certificate, if it is not in the same file",
        HelpName = "FILE",
    };

    public EnrollCommand()
        : base("enroll", "Make this device an agent of a service, with a user of its own at the broker.")
    {
        Arguments.Add(url);
        foreach (Option option in (Option[])[token, tokenFile, fingerprint, name, state, certificate, key])
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
        (string? file, string? keyFile) = Certificate(parsed, agent);
        string? password = file is null ? PasswordHash.NewPassword() : null;
        using var client = new ServiceClient(service, enrols: true) { Waits = parsed.InvocationConfiguration.Error.WriteLine };
        EnrolmentAnswer answer = await client.CommandAsync<EnrolmentAnswer>(
            HttpMethod.Post,
            "/api/v1/enrolments",
            new EnrolmentRequest
            {
                Agent = agent,
                InstallationId = held.Installation,
                PasswordHash = password is null ? PasswordHash.None : PasswordHash.Of(password),
                Platform = RuntimeInformation.RuntimeIdentifier,
                Version = ProgramVersion.Text,
            },
            stop);
        if (answer.Agent != agent)
        {
            throw new ServiceUnreachableException(
                $"{service.Url} enrolled '{SafeText.OneLine(answer.Agent)}' in place of '{agent}'; is it an EdgeFlora service of this version?");
        }

        var enrolment = new StoredEnrolment(agent, answer.Broker, service.Url, service.Fingerprint, answer.BrokerServerName)
        {
            Certificate = file,
            Key = keyFile,
        };
        enrolment.Write(folder, password, answer.BrokerCa);
        Tell(output, enrolment, folder, answer);
        return ExitCode.Done;
    }

    private static void Tell(TextWriter output, StoredEnrolment enrolment, string folder, EnrolmentAnswer answer)
    {
        string proof = enrolment.Certificate is { } file
            ? $"it proves itself by {file}"
            : $"its password in {StoredEnrolment.PasswordFileIn(folder)}";
        string labels = answer.Labels.Count == 0 ? "" : $", labels {string.Join(",", answer.Labels.Select(label => $"{label.Key}={label.Value}"))}";
        output.WriteLine(SafeText.OneLine(
            $"enrolled as {enrolment.Agent}{labels}; its broker is {answer.Broker}, {proof}"));
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

    /// <summary>The agent's own certificate and its key, with whole paths; both null: it gets a password.</summary>
    /// <exception cref="InputException">It is another's, or of no use.</exception>
    private (string? File, string? Key) Certificate(ParseResult parsed, string agent)
    {
        if (parsed.GetValue(certificate) is not { } file)
        {
            return parsed.GetValue(key) is null ? default : throw new InputException("--key is given without --certificate; give both, or neither");
        }

        OwnCertificate own;
        try
        {
            own = OwnCertificate.Read(file, parsed.GetValue(key));
        }
        catch (InvalidDataException unusable)
        {
            throw new InputException($"--certificate {unusable.Message}", unusable);
        }

        string? wrong = own.CommonName != AgentUser.Of(agent)
            ? $"is for {(own.CommonName is { } other ? $"'{other}'" : "no common name")}; its common name must be {AgentUser.Of(agent)}"
            : own.DateProblem(TimeProvider.System);
        return wrong is null
            ? (Path.GetFullPath(file), parsed.GetValue(key) is { } keyFile ? Path.GetFullPath(keyFile) : null)
            : throw new InputException($"--certificate '{file}' {wrong}");
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
