namespace EdgeFlora.Learning.Remote;

/// <summary>What a frame between an engine's proxy and its worker process holds.</summary>
internal enum FrameKind : byte
{
    /// <summary>Worker, once at its start: <see cref="Training.EngineProbe"/> as JSON.</summary>
    Hello = 1,

    /// <summary>Proxy, once: <see cref="StartRequest"/>; answered by <see cref="Done"/>.</summary>
    Start = 2,

    /// <summary>Proxy: one optimiser step; answered by <see cref="Done"/> with a <see cref="StepReport"/>.</summary>
    Step = 3,

    /// <summary>Proxy: examples as JSON; answered by <see cref="Done"/> with <see cref="ProbabilityTable"/>.</summary>
    Predict = 4,

    /// <summary>Proxy; answered by <see cref="Done"/> with the adapter as an fp32 payload.</summary>
    Snapshot = 5,

    /// <summary>Proxy; answered by <see cref="Done"/> with the engine's checkpoint.</summary>
    Save = 6,

    /// <summary>Proxy: an engine's checkpoint; answered by <see cref="Done"/> with a <see cref="StepReport"/>.</summary>
    Restore = 7,

    /// <summary>Proxy, while it waits: the answer is no longer wanted. Not answered itself.</summary>
    Cancel = 8,

    /// <summary>Proxy: texts as JSON; answered by <see cref="Done"/> with <see cref="Training.LanguageMetrics"/> as JSON.</summary>
    Measure = 11,

    /// <summary>Proxy: <see cref="GenerateRequest"/> as JSON; answered by <see cref="Done"/> with the texts as JSON.</summary>
    Generate = 12,

    /// <summary>Worker: what was asked for.</summary>
    Done = 9,

    /// <summary>Worker: <see cref="Failure"/> as JSON.</summary>
    Failed = 10,
}
