using EdgeFlora.Cli.Client;

namespace EdgeFlora.Cli.Doctor.Device;

/// <summary>This machine's clock beside that of the service which enrolled the agent.</summary>
internal sealed class ClockCheck(DeviceContext device) : ICheck
{
    public string Name => "clock";

    public string Deed => "compares this machine's clock with the service's";

    public bool IsRemote => true;

    public async Task<Finding> RunAsync(CancellationToken stop)
    {
        if (device.Enrolment is not { } enrolment)
        {
            return Finding.NotTried("the agent is not enrolled, so no service is known whose clock could be asked");
        }

        try
        {
            using var client = new ServiceClient(new ServiceContext(enrolment.Service, Token: null, enrolment.Fingerprint), enrols: true);
            ServiceProbe answer = await client.ProbeAsync("/healthz", stop);
            return ClockFinding.Of(answer.Date, device.Clock.GetUtcNow());
        }
        catch (ServiceUnreachableException away)
        {
            // An agent needs the service's API for its enrolment only.
            return Finding.NotTried($"the service's API, which an agent does not need, is not reached: {away.Message}");
        }
    }
}
