using System.CommandLine;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.EdgeAgent.Credentials;

namespace EdgeFlora.Cli.Commands.Agent;

/// <summary><c>edgeflora agent rotate</c>: gives the agent another password at the broker now, whether it is at work or not.</summary>
internal sealed class AgentRotateCommand : Command
{
    private readonly Option<string> state = new("--state")
    {
        Description = "The agent's state folder, in which its enrolment left its password",
        HelpName = "DIR",
        Required = true,
    };

    public AgentRotateCommand()
        : base("rotate", "Change this agent's password at the broker now; it does so by itself when the password is old (broker.passwordAge).")
    {
        Options.Add(state);
        SetAction(RunAsync);
    }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken stop)
    {
        TextWriter output = parsed.InvocationConfiguration.Output;
        output.WriteLine(FormattableString.Invariant(
            $"asking the service for another password (at most {CredentialRequests.Patience.TotalSeconds:0} s)"));
        RotationOutcome outcome = await RotationSession.RunAsync(
            parsed.GetRequiredValue(state), line => output.WriteLine(SafeText.OneLine(line)), TimeProvider.System, stop);
        output.WriteLine(SafeText.OneLine(outcome.Sentence));
        return outcome.Result switch
        {
            RotationResult.Done => ExitCode.Done,
            RotationResult.Undecided => ExitCode.Unreachable,
            _ => ExitCode.BadInput,
        };
    }
}
