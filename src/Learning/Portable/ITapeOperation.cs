namespace EdgeFlora.Learning.Portable;

/// <summary>One recorded operation. It keeps what its backward pass needs, and is used again for the next recording.</summary>
internal interface ITapeOperation
{
    /// <summary>What forward computed.</summary>
    Activation Output { get; }

    /// <summary>From the output's gradient to the gradients of the inputs and of the trained weights.</summary>
    void Backward(Tape tape);
}
