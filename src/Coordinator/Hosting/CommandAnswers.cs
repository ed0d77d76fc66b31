using System.Text.Json;
using EdgeFlora.Contracts.Api;
using EdgeFlora.Coordinator.Commands;
using EdgeFlora.Coordinator.Store;

namespace EdgeFlora.Coordinator.Hosting;

/// <summary>Answers to commands that may come twice.</summary>
internal static class CommandAnswers
{
    /// <summary>The answer to an earlier copy of the command; null: there was none.</summary>
    /// <exception cref="ServiceRefusedException">The key was used for another request.</exception>
    public static T? Find<T>(ServiceStore store, CommandContext context)
        where T : class
    {
        if (context.IdempotencyKey is not { } key || store.Command(key) is not { } done)
        {
            return null;
        }

        return done.Fingerprint == context.Fingerprint
            ? JsonSerializer.Deserialize<T>(done.Answer)!
            : throw new ServiceRefusedException(
                ProblemCode.KeyReused, $"The idempotency key '{key}' was used for another request.", "Choose a new key for each request.");
    }

    public static StoredCommand? Make<T>(CommandContext context, T answer, TimeProvider time) => context.IdempotencyKey is { } key
        ? new StoredCommand(key, context.Fingerprint, JsonSerializer.Serialize(answer), time.GetUtcNow().ToUnixTimeMilliseconds())
        : null;
}
