using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Tests.Portable;

/// <summary>A small network to differentiate: from its parameters to scores, whose cross-entropy is the loss.</summary>
internal interface IGraph
{
    ModelLayout Layout { get; }

    T Forward<T>(IOperations<T> ops);
}
