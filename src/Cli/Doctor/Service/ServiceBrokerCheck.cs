using EdgeFlora.Contracts.Api;

namespace EdgeFlora.Cli.Doctor.Service;

/// <summary>Whether the service reaches its broker, and what waits there.</summary>
internal sealed class ServiceBrokerCheck(ServiceExamination service) : ServiceCheck(service)
{
    /// <summary>More than agents send in a minute or two: somebody does not keep up.</summary>
    private const long Many = 10_000;

    public override string Name => "service.broker";

    public override string Deed => "asks the service for its broker's queues";

    protected override async Task<Finding> AskAsync(CancellationToken stop)
    {
        ServiceResources now = await Service.ResourcesAsync(stop);
        if (now.QueuesProblem is { } problem)
        {
            return Finding.Failed(
                $"the service does not reach its broker: {problem.TrimEnd('.')}", "on the service's machine: systemctl status rabbitmq-server");
        }

        if (now.Queues.Count == 0)
        {
            return Finding.NotTried("the service's bus is in memory");
        }

        string text = string.Join(", ", now.Queues.Select(Text));
        return now.Queues.Any(queue => !queue.Exists || queue.Consumers == 0)
            ? Finding.Failed(text, "nobody reads a queue that the service should read: start the service again, and look into its log")
            : now.Queues.Any(queue => queue.Messages > Many)
            ? Finding.Warning(text, "the service does not keep up: look at its processor and disk, or let fewer runs go at once")
            : Finding.Ok(text);
    }

    private static string Text(QueueDepth queue) => queue.Exists
        ? FormattableString.Invariant($"{queue.Name} {queue.Messages} ready, {queue.Consumers} readers")
        : $"{queue.Name} is not there";
}
