# build: M()
# entry: forward
# input: boxes=f32[5,4]
# input: scores=f32[5]
# case: boxes=[[0, 0, 4, 4], [1, 0, 5, 4], [8, 8, 9, 9], [0, 0, 4, 3], [8, 8, 9.1, 9]], scores=[0.9, 0.8, 0.7, 0.6, 0.95]
# case: boxes=[[0, 0, 1, 1], [2, 0, 3, 1], [4, 0, 5, 1], [6, 0, 7, 1], [8, 0, 9, 1]], scores=[0.2, 0.8, 0.7, 0.6, 0.1]
# case: boxes=[[0, 0, 1, 1], [2, 0, 3, 1], [4, 0, 5, 1], [6, 0, 7, 1], [8, 0, 9, 1]], scores=[0.2, 0.1, 0.1, 0.1, 0.1]
import torch.nn as nn
from torchvision.ops import batched_nms, box_convert, box_iou, clip_boxes_to_image, nms, remove_small_boxes


class M(nn.Module):
    def forward(self, boxes, scores):
        likely = scores > 0.3
        b, s = boxes[likely], scores[likely]
        keep = nms(b, s, 0.5)
        apart = batched_nms(boxes, scores, (scores > 0.75).long(), 0.3)
        centred = box_convert(boxes, "xyxy", "cxcywh")
        clipped = clip_boxes_to_image(boxes, (4, 5))
        return b[keep], s[keep], apart, centred, remove_small_boxes(clipped, 1), box_iou(boxes, centred)
