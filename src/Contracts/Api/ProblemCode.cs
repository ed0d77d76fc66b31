using System.Text.Json.Serialization;

namespace EdgeFlora.Contracts.Api;

/// <summary>Why a request was refused: extension <c>code</c> of its problem details.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ProblemCode>))]
public enum ProblemCode
{
    /// <summary>There is no such run, round, agent, model or token (404).</summary>
    NotFound,

    /// <summary>It does not go with the state that the run or agent is in (409).</summary>
    Conflict,

    /// <summary>It may not change under way; <c>fix</c> names the way out, such as a fork (409).</summary>
    InvalidChange,

    /// <summary>The request or the spec in it has mistakes; <c>errors</c> has each (400).</summary>
    InvalidInput,

    /// <summary>The idempotency key was used for another request (422).</summary>
    KeyReused,

    /// <summary>No token, or one that does not count (401).</summary>
    Unauthorized,

    /// <summary>The token's role does not allow it (403).</summary>
    Forbidden,

    /// <summary>The body is larger than allowed (413).</summary>
    TooLarge,

    /// <summary>Too many requests; <c>Retry-After</c> says when to come back (429).</summary>
    TooMany,

    /// <summary>The service cannot do it at this moment; the sentence says what is missing (503).</summary>
    Unavailable,

    /// <summary>A fault of the service itself; its log has the details (500).</summary>
    Internal,
}
