using EdgeFlora.Transport.Buses;

namespace EdgeFlora.Cli.Doctor.Device;

/// <summary>User, password and virtual host.</summary>
internal sealed class LoginCheck(DeviceContext device) : ICheck
{
    public const string CheckName = "broker.login";

    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    public string Name => CheckName;

    public string Deed => $"logs in as {device.Diagnosis.User} to virtual host {device.Diagnosis.VirtualHost}";

    public IReadOnlyList<string> Needs => device.Diagnosis.IsTls ? [CertificateCheck.CheckName] : [PortCheck.CheckName];

    /// <summary>As long as the agent itself would try, and a little.</summary>
    public TimeSpan Limit => device.Broker.ConnectTimeout + Margin;

    public bool IsRemote => true;

    public async Task<Finding> RunAsync(CancellationToken stop)
    {
        try
        {
            await device.Diagnosis.LogInAsync(stop);
            return Finding.Ok("the broker lets it in");
        }
        catch (BrokerUnreachableException refused) when (refused.IsLogin)
        {
            return Finding.Failed(
                refused.Message.TrimEnd('.'),
                device.Enrolment is { Certificate: not null }
                    ? $"enrol the agent again (edgeflora agent enroll --certificate FILE), and have the broker take users by their common names"
                : device.Agent.IsEnrolled
                    ? $"an operator runs edgeflora agents rotate {device.Agent.Name}, and the command that it prints is run here"
                    : "give the right password (broker.passwordFile, or EDGEFLORA_AGENT__BROKER__PASSWORD), or enrol the agent: "
                        + "edgeflora agent enroll");
        }
        catch (BrokerUnreachableException refused)
        {
            (string wrong, string? cure) = Sentence.Of(refused);
            return wrong.Contains("into virtual host", StringComparison.Ordinal)
                ? Finding.Failed(wrong, $"rabbitmqctl add_vhost {device.Diagnosis.VirtualHost}, or {cure}")
                : Finding.Unreachable(wrong, cure ?? "look whether RabbitMQ runs: systemctl status rabbitmq-server");
        }
    }
}
