using EdgeFlora.Transport.Diagnosis;
using EdgeFlora.Transport.Users;

namespace EdgeFlora.Cli.Doctor.Device;

/// <summary>That the agent's user may do at the broker what it must, and nothing with what is another's.</summary>
internal sealed class RightsCheck(DeviceContext device) : ICheck
{
    public const string CheckName = "broker.rights";

    public string Name => CheckName;

    public string Deed => "tries what the agent must be able to do at the broker, and what it must not";

    public IReadOnlyList<string> Needs => [LoginCheck.CheckName];

    public TimeSpan Limit => TimeSpan.FromSeconds(30);

    public bool IsRemote => true;

    private string Grant => $"whoever operates the broker runs: {UserCommands.Rights(device.Agent.Name, device.Diagnosis.VirtualHost)}";

    public async Task<Finding> RunAsync(CancellationToken stop)
    {
        IReadOnlyList<RightFinding> tried =
            await new RightsProbe(device.Broker, device.Clock).TryAsync(device.Agent.Name, device.Agent.IsEnrolled, stop);
        RightFinding[] missing = [.. tried.Where(right => right is { IsNeeded: true, IsRight: false })];
        RightFinding[] tooMany = [.. tried.Where(right => right is { IsNeeded: false, IsRight: false })];
        if (missing.Length > 0)
        {
            return Finding.Failed(
                $"user {device.Diagnosis.User} may not {string.Join(", nor ", missing.Select(right => right.Deed))}",
                missing.All(right => right.Answer == RightAnswer.Absent)
                    ? "the service makes the exchange when it starts, and when it enrols the agent: start it, or enrol the agent again"
                    : device.Agent.IsEnrolled ? Grant
                    : "whoever operates the broker runs: "
                        + $"rabbitmqctl set_permissions -p {device.Diagnosis.VirtualHost} {device.Diagnosis.User} '.*' '.*' '.*'");
        }

        if (tooMany.Length > 0)
        {
            string text = $"user {device.Diagnosis.User} may also {string.Join(", ", tooMany.Select(right => right.Deed))}";
            return device.Agent.IsEnrolled
                ? Finding.Failed(text, Grant)
                : Finding.Warning(
                    $"{text}; whoever has its password speaks for every agent",
                    "give the agent a user of its own: edgeflora tokens create --agent, and here edgeflora agent enroll");
        }

        return Finding.Ok($"{tried.Count(right => right.IsNeeded)} rights are there, {tried.Count(right => !right.IsNeeded)} others are refused");
    }
}
