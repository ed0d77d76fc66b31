using MassTransit;

namespace EdgeFlora.Transport.Buses;

/// <summary>Sees when the broker does not accept our user or its password.</summary>
/// <param name="refused">Called at each refusal.</param>
internal sealed class LoginRefusals(Action refused) : IReceiveEndpointObserver
{
    public Task Faulted(ReceiveEndpointFaulted faulted)
    {
        if (BrokerAnswers.IsLoginRefusal(faulted.Exception))
        {
            refused();
        }

        return Task.CompletedTask;
    }

    public Task Ready(ReceiveEndpointReady ready) => Task.CompletedTask;

    public Task Stopping(ReceiveEndpointStopping stopping) => Task.CompletedTask;

    public Task Completed(ReceiveEndpointCompleted completed) => Task.CompletedTask;
}
