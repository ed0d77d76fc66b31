using MassTransit;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;

namespace EdgeFlora.Transport.Buses;

/// <summary>Tells a broker that says no from one that says nothing.</summary>
public static class BrokerAnswers
{
    // access-refused, not-found, resource-locked, precondition-failed (AMQP 0-9-1, section 1.2).
    private const int AccessRefused = 403;
    private const int NotFound = 404;
    private const int ResourceLocked = 405;
    private const int PreconditionFailed = 406;

    /// <summary>Whether it is the broker or the way to it that failed, which may pass by itself.</summary>
    public static bool IsOutage(Exception failure) => failure is MassTransitException or QueueAbsentException or RabbitMQClientException;

    /// <summary>Whether the broker did not accept our user or its password.</summary>
    public static bool IsLoginRefusal(Exception? failure)
    {
        for (; failure is not null; failure = failure.InnerException)
        {
            if (IsLogin(failure))
            {
                return true;
            }
        }

        return false;
    }

    internal static bool IsLogin(Exception failure) => failure is AuthenticationFailureException or PossibleAuthenticationFailureException;

    /// <summary>Whether the broker refused a queue, or one more consumer of it: it is there, and asking again at once would change nothing.</summary>
    public static bool IsRefusal(Exception? failure) => Refusal(failure) is not null;

    /// <summary>Whether the broker refused a queue because another connection has it for itself.</summary>
    /// <remarks>RabbitMQ has one code for this and for missing rights; only its words tell them apart ("in exclusive use").</remarks>
    public static bool IsInUse(Exception? failure) => Refusal(failure) is { } reason
        && (reason.ReplyCode == ResourceLocked
            || (reason.ReplyCode == AccessRefused && reason.ReplyText.Contains("exclusive", StringComparison.Ordinal)));

    /// <summary>A refusal in the broker's own words, where it is one.</summary>
    public static string Words(Exception failure) => Refusal(failure)?.ReplyText ?? failure.Message;

    private static ShutdownEventArgs? Refusal(Exception? failure)
    {
        for (; failure is not null; failure = failure.InnerException)
        {
            if (failure is OperationInterruptedException { ShutdownReason: { } reason }
                && reason.ReplyCode is AccessRefused or NotFound or ResourceLocked or PreconditionFailed)
            {
                return reason;
            }
        }

        return null;
    }
}
