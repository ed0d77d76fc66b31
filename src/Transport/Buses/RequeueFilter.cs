using MassTransit;

namespace EdgeFlora.Transport.Buses;

/// <summary>Lets a message that could not be stored go back to its queue; what fails for another reason goes on to the error queue.</summary>
internal sealed class RequeueFilter : IFilter<ExceptionReceiveContext>
{
    public Task Send(ExceptionReceiveContext context, IPipe<ExceptionReceiveContext> next)
    {
        for (Exception? cause = context.Exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is NotStoredException)
            {
                // The transport refuses the delivery, and the broker puts it back.
                return Task.FromException(cause);
            }
        }

        return next.Send(context);
    }

    public void Probe(ProbeContext context) => context.CreateFilterScope("requeue");
}
