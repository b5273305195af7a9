"""What students ask of a network: how its gradients fade, why backpropagation won, how long a formula would be."""

from derive.analysis.effort import Effort, effort, effort_text
from derive.analysis.expanded import Size, expanded_size, expanded_text, shared_size
from derive.analysis.flow import Flow, flow_table, gradient_flow
from derive.analysis.plot import flow_picture, flow_png
from derive.analysis.slopes import Bound, slope_bound

__all__ = ["Bound", "Effort", "Flow", "Size", "effort", "effort_text", "expanded_size", "expanded_text",
           "flow_picture", "flow_png", "flow_table", "gradient_flow", "shared_size", "slope_bound"]
