namespace EdgeFlora.Learning.Models;

/// <summary>What turns token vectors into class scores; trained in full and saved beside the adapter. Immutable.</summary>
public interface IClassificationHead
{
    /// <summary>The head's own tensors, e.g. <c>classifier.weight</c> [labels × hidden].</summary>
    ModelLayout Layout { get; }

    /// <summary>Modules that hold them, as PEFT's <c>modules_to_save</c> names them: <c>classifier</c>, <c>score</c>.</summary>
    IReadOnlyList<string> Modules { get; }

    /// <summary>Number of classes.</summary>
    int Labels { get; }

    /// <summary>From token vectors [tokens × hidden] to scores [sequences × labels].</summary>
    T Forward<T>(IOperations<T> ops, T hidden, TokenBatch batch);
}
